"""Tests of the microphone's table, claim and lease, of the machine's sleep, and of the backoff."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.engine import backoff
from roomcli.engine.backoff import Backoff
from roomcli.engine.claim import MicrophoneClaim
from roomcli.engine.microphone import (
    LEASE,
    REASONS,
    TABLE,
    MicrophoneCause,
    MicrophoneEffect,
    MicrophoneOrder,
    MicrophoneState,
    MicrophoneSwitch,
)
from roomcli.engine.own_microphone import OwnMicrophone
from roomcli.engine.replies import Answer, PendingReplies
from roomcli.engine.sleep import SleepWatch
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Microphone

S, C, E = MicrophoneState, MicrophoneCause, MicrophoneEffect
PRESSES = {C.PRESSED, C.PRESSED_EARLY, C.PRESSED_IN_VAIN}
ANSWERS = {C.AGREED, C.REFUSED}
ENDS = {
    C.RELEASED,
    C.DEVICE_FAILED,
    C.SILENCED,
    C.AUDIENCE,
    C.DISCONNECTED,
    C.LEASE_LAPSED,
    C.SLEPT,
    C.LEFT,
}
"""What takes back a press, whether it was agreed to or not."""
CLOSES = {C.SHOWN_MUTED, C.CLAIM_LOST, C.QUIET}
"""What closes a microphone that is open, and leaves a press alone that nobody has agreed to."""

STEPS = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(["", None, "unplugged"])),
    st.tuples(st.sampled_from(["agree", "refuse"]), st.integers(1, 5)),
    st.tuples(
        st.just("happen"),
        st.sampled_from([cause for cause in C if cause not in PRESSES | ANSWERS]),
    ),
)


@given(st.lists(STEPS, max_size=40))
def test_voice_is_sent_only_after_the_newest_press_was_agreed_to_and_until_anything_closes(
    steps: list[tuple[str, Any]],
) -> None:
    switch = MicrophoneSwitch()
    sends = False
    newest = 0
    stands = asked = is_open = finishes = False
    for step, what in steps:
        match step:
            case "press":
                newest, effects = switch.press(what, False, 0.0)
                if not is_open:
                    stands, asked = not what, what == ""
                    finishes = finishes and bool(what)
            case "agree":
                effects = switch.answer(what, C.AGREED)
                if stands and asked and what == newest:
                    stands, is_open = False, True
            case "refuse":
                effects = switch.answer(what, C.REFUSED)
                stands = stands and not (asked and what == newest)
            case _:
                effects = switch.happen(what)
                asked = asked or what is C.DEVICE_OPENED
                if what in ENDS:
                    finishes = is_open and what is C.RELEASED
                    stands = is_open = False
                if what in CLOSES:
                    is_open = False
                if what is C.WORDS_SENT:
                    sends, finishes = sends and not finishes, False
        for effect in effects:
            sends = (sends or effect is E.SEND) and effect is not E.STOP
        assert switch.is_open == is_open
        assert switch.is_on == (is_open or stands)
        assert sends == (is_open or finishes)


def test_nothing_but_an_agreement_to_a_press_opens() -> None:
    opening = [
        (cause, state)
        for cause, row in TABLE.items()
        for state, (_, effects) in row.items()
        if E.SEND in effects
    ]
    assert opening == [(C.AGREED, S.ASKED)]


def test_the_table_is_sound() -> None:
    assert set(TABLE) == set(C), "every cause has its row"
    sending = (S.OPEN, S.LAST_WORDS)
    for cause, row in TABLE.items():
        for state, (after, effects) in row.items():
            place = f"{cause.value} / {state.value}"
            if state in sending and after not in sending:
                assert E.STOP in effects or cause is C.WORDS_SENT, place
            assert (E.TELL_OPEN in effects) == (after is S.OPEN and state is not S.OPEN), place
            assert (E.TELL_CLOSED in effects) == (after is not S.OPEN and state is S.OPEN), place
            assert E.TELL_CLOSED not in effects or cause in REASONS, place
            if state is S.LAST_WORDS and after is not S.LAST_WORDS:
                assert E.MUTE in effects, f"{place}: the room hears of the release"
            if state is S.WAITING and after is S.CLOSED:
                assert E.ANSWER in effects, f"{place}: who waits is answered"


def test_a_reconnect_and_what_the_room_says_open_nothing() -> None:
    for cause in (C.DISCONNECTED, C.SHOWN_UNMUTED, C.SHOWN_MUTED, C.SILENCED, C.AUDIENCE):
        for state, (after, _) in TABLE[cause].items():
            assert after is S.CLOSED, (cause, state)
    assert set(TABLE[C.DISCONNECTED]) == set(S) - {S.CLOSED}


def test_a_lease_holds_as_long_as_it_is_renewed() -> None:
    switch = MicrophoneSwitch()
    press, _ = switch.press("", True, 10.0)
    assert switch.pass_time("", 10.0 + LEASE) is None
    assert switch.pass_time("", 10.1 + LEASE) is C.LEASE_LAPSED, "also before the room agreed"
    switch.answer(press, C.AGREED)
    switch.renew(12.0)
    assert switch.pass_time("", 12.0 + LEASE) is None
    assert switch.pass_time("", 12.1 + LEASE) is C.LEASE_LAPSED
    assert E.STOP in switch.happen(C.LEASE_LAPSED)
    assert switch.happen(C.LEASE_LAPSED) == (), "it is closed"
    press, _ = switch.press("", False, 20.0)
    switch.answer(press, C.AGREED)
    assert switch.pass_time("", 1000.0) is None, "who did not ask for a lease has none"


class MicrophoneStage:
    """A microphone with nothing real around it."""

    def __init__(self, claim: MicrophoneClaim | None = None) -> None:
        self.sends = False
        self.trouble: str | None = ""
        self.connected = True
        self.sent: list[c.RoomCommand | c.DeskCommand] = []
        self.told: list[e.Event] = []
        self.kept_from: list[float] = []
        self.last_words: Callable[[], object] | None = None
        self.shown_unmuted = True
        self.replies = PendingReplies(self._send, clock=lambda: 0.0)
        self.microphone = OwnMicrophone(
            self,
            self.replies.forward,
            self.told.append,
            lambda: self.shown_unmuted,
            claim,
            leased=False,
        )

    def press(self, ago: float) -> None:
        assert not self.sends
        self.kept_from.append(ago)

    def begin_sending(self) -> None:
        self.sends = True

    def release(self, then: Callable[[], object], ago: float) -> None:
        self.sends = False
        self.last_words = then

    def close(self) -> None:
        self.sends = False
        self.finish()

    def finish(self) -> None:
        """Send the last words of a press."""
        then, self.last_words = self.last_words, None
        if then is not None:
            then()

    def _send(self, command: c.RoomCommand | c.DeskCommand) -> bool:
        if self.connected:
            self.sent.append(command)
        return self.connected

    def give(self, order: MicrophoneOrder, now: float = 0.0, ago: float = 0.0) -> list[Answer]:
        """Give an order; return the list to which its answers are added, with the order's ref."""
        answers: list[Answer] = []

        def answered(answer: Answer) -> None:
            answers.append(replace(answer, ref=order.ref))

        self.microphone.obey(order, answered, now, ago)
        return answers

    def unmute(self, *, lease: bool = False) -> int:
        """Press to unmute, and return the ref under which the server got the command."""
        assert self.give(c.Unmute(lease=lease)) == []
        assert isinstance(self.sent[-1], c.Unmute)
        return self.newest_ref

    @property
    def newest_ref(self) -> int:
        """The ref of the newest command that the server got."""
        assert self.sent[-1].ref is not None
        return self.sent[-1].ref

    @property
    def names(self) -> list[str]:
        """The names of what the server got."""
        return [type(each).__name__ for each in self.sent]

    def agree(self, ref: int, *, is_unmuted: bool = True) -> None:
        self.shown_unmuted = is_unmuted
        assert self.replies.deliver(e.Done(ref=ref))

    @property
    def is_open(self) -> bool:
        """Whether the microphone is open; fails if switch, voice and events disagree."""
        told = [event.open for event in self.told if isinstance(event, Microphone)]
        assert self.sends == self.microphone.is_open == bool(told and told[-1])
        return self.sends


def test_a_press_opens_when_the_room_agrees_and_is_answered() -> None:
    stage = MicrophoneStage()
    answers = stage.give(c.Unmute(ref=7))
    assert not stage.is_open
    stage.agree(stage.newest_ref)
    assert answers == [e.Done(ref=7)]
    assert stage.is_open


def test_presses_that_cross_end_as_the_last_one_says() -> None:
    stage = MicrophoneStage()
    first = stage.unmute()
    stage.give(c.Mute())
    second = stage.unmute()
    stage.agree(first)  # its unmuted is over: the mute is on its way
    assert not stage.is_open
    stage.agree(second)
    assert stage.is_open
    late = stage.unmute()
    stage.give(c.Mute())
    stage.agree(late)
    assert not stage.is_open


def test_an_answer_alone_opens_nothing() -> None:
    stage = MicrophoneStage()
    ref = stage.unmute()
    stage.agree(ref, is_unmuted=False)
    assert not stage.is_open
    stage.agree(ref)
    stage.agree(ref + 17)
    assert not stage.is_open


def test_a_refused_press_closes_nothing_that_is_open() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    answers = stage.give(c.Unmute(ref=3))
    refused = e.Refused(command="unmute", code="rate_limited", text="", ref=stage.newest_ref)
    stage.replies.deliver(refused)
    assert answers == [e.Refused(command="unmute", code="rate_limited", text="", ref=3)]
    assert stage.is_open, "and sound, switch and frontend still agree"
    stage.microphone.watch(1000.0)
    assert stage.is_open


def test_the_server_hears_of_a_release_after_the_last_words() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    answers = stage.give(c.Mute(ref=4), 1.0, 0.2)
    assert not stage.is_open, "whoever let go is off the air at once"
    assert stage.names == ["Unmute"]
    stage.finish()
    assert stage.names == ["Unmute", "Mute"]
    assert not answers
    stage.agree(stage.newest_ref)
    assert answers == [e.Done(ref=4)]


def test_the_last_words_are_not_cut_by_the_room_that_has_not_heard_of_their_end() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    stage.give(c.Mute())
    stage.microphone.correct_room()
    assert stage.names == ["Unmute"]
    assert stage.last_words is not None
    stage.finish()
    stage.microphone.correct_room()
    assert stage.names == ["Unmute", "Mute", "Mute"], "it may have refused the first"


def test_a_press_before_the_last_words_are_sent_is_heard_of_after_them() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    stage.give(c.Mute(), 1.0)
    assert stage.give(c.Unmute(), 1.1, 0.05) == []
    assert stage.names == ["Unmute", "Mute", "Unmute"]
    assert stage.kept_from == [0.0, 0.05], "what is said from the press on is kept"


def test_a_press_without_a_connection_is_void() -> None:
    stage = MicrophoneStage()
    stage.connected = False
    (refused,) = stage.give(c.Unmute(ref=3))
    assert isinstance(refused, e.Refused)
    assert (refused.command, refused.code, refused.ref) == ("unmute", "not_connected", 3)
    (refused,) = stage.give(c.Mute(ref=4))
    assert isinstance(refused, e.Refused)
    assert (refused.command, refused.code, refused.ref) == ("mute", "not_connected", 4)


def test_the_answer_to_a_press_before_a_reconnect_opens_nothing() -> None:
    stage = MicrophoneStage()
    answers = stage.give(c.Unmute(ref=3))
    ref = stage.newest_ref
    stage.microphone.happen(C.DISCONNECTED)
    stage.replies.fail()
    assert [each.code for each in answers if isinstance(each, e.Refused)] == ["not_connected"]
    stage.agree(ref)
    assert not stage.is_open
    assert len(answers) == 1


def test_a_press_whose_lease_lapses_is_taken_back() -> None:
    stage = MicrophoneStage()
    ref = stage.unmute(lease=True)
    stage.microphone.watch(LEASE + 0.1)
    assert isinstance(stage.sent[-1], c.Mute), "the server may have opened it by now"
    stage.agree(ref)
    assert not stage.is_open


def test_closing_tells_why_once() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute(lease=True))
    stage.microphone.renew_lease(1.0)
    stage.microphone.watch(LEASE + 0.5)
    assert stage.is_open
    stage.microphone.watch(LEASE + 1.5)
    stage.microphone.watch(LEASE + 2.0)
    assert stage.told == [Microphone(open=True), Microphone(open=False, reason="lease")]
    assert stage.names == ["Unmute", "Mute"]


def test_who_opens_the_microphone_mutes_whoever_had_it(tmp_path: Path) -> None:
    path = tmp_path / "microphone"
    one, two = MicrophoneStage(MicrophoneClaim(path)), MicrophoneStage(MicrophoneClaim(path))
    one.agree(one.unmute())
    one.microphone.watch(0.0)
    assert one.is_open
    two.agree(two.unmute())
    for stage in (one, two):
        stage.microphone.watch(0.0)
    assert (one.is_open, two.is_open) == (False, True)
    assert one.told[-1] == Microphone(open=False, reason="elsewhere")
    assert [each.name for each in tmp_path.iterdir()] == ["microphone"], "nothing is left over"


def test_a_claim_that_cannot_be_written_keeps_nobody_from_speaking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "microphone"
    path.write_text("of another engine")
    monkeypatch.setattr(os, "replace", full)
    claim = MicrophoneClaim(path)
    claim.claim()
    assert claim.is_held()
    assert [each.name for each in tmp_path.iterdir()] == ["microphone"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 100_000])
def test_whatever_somebody_wrote_is_another_claim(tmp_path: Path, content: bytes) -> None:
    claim = MicrophoneClaim(tmp_path / "microphone")
    claim.claim()
    assert claim.is_held()
    (tmp_path / "microphone").write_bytes(content)
    assert not claim.is_held()
    (tmp_path / "microphone").unlink()
    assert claim.is_held()


@pytest.mark.parametrize(
    ("passed", "wall_passed", "slept"),
    [
        (0.1, 0.1, False),
        (3.0, 3.0, False),  # a busy machine
        (3.2, 3.2, True),  # stopped, and the monotonic clock ran on
        (0.1, 5.0, False),  # the clock was set right
        (0.1, 5.2, True),  # asleep, and the monotonic clock stood still
        (0.1, -3600.0, False),  # set back
        (3.2, -3600.0, True),
    ],
)
def test_sleep_is_told_from_a_clock_that_was_set(
    passed: float, wall_passed: float, slept: bool
) -> None:
    watch = SleepWatch(0.1, 100.0, 5_000.0)
    assert watch.has_slept(100.0 + passed, 5_000.0 + wall_passed) == slept
    # It is over with the next beat.
    assert not watch.has_slept(100.1 + passed, 5_000.1 + wall_passed)


@given(st.integers(), st.integers(1, 40))
def test_backoff_doubles_to_its_bound_with_full_jitter(seed: int, attempts: int) -> None:
    waits = Backoff(0.0, random.Random(seed))
    bound = backoff.FIRST
    for _ in range(attempts):
        assert 0 <= waits.pause(1.0) <= bound
        bound = min(bound * 2, backoff.MOST)
    assert waits.pause(backoff.PATIENCE + 1) == backoff.LATER


def test_backoff_reaches_its_bound() -> None:
    pauses = [Backoff(0.0, random.Random(seed)).pause(0.0) for seed in range(200)]
    assert max(pauses) > 0.9 * backoff.FIRST
    grown = Backoff(0.0, random.Random(1))
    assert max(grown.pause(0.0) for _ in range(200)) > 0.9 * backoff.MOST
