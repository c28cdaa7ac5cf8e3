"""Tests of the microphone's switch, claim and lease, of the machine's sleep, and of the backoff."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.engine import backoff
from roomcli.engine.backoff import Backoff
from roomcli.engine.claim import MicrophoneClaim
from roomcli.engine.microphone import LEASE, MicrophoneSwitch
from roomcli.engine.own_microphone import FIRST_REF, OwnMicrophone
from roomcli.engine.sleep import SleepWatch
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Microphone

STEPS = st.sampled_from(["press", "agree", "refuse", "close"])


@given(st.lists(st.tuples(STEPS, st.integers(1, 4))))
def test_only_the_answer_to_the_newest_press_opens(steps: list[tuple[str, int]]) -> None:
    switch = MicrophoneSwitch()
    newest: int | None = None  # the press that nothing has voided
    is_open, presses = False, 0
    for step, number in steps:
        match step:
            case "press":
                presses += 1
                newest = presses
                assert switch.request(False, 0.0) == presses
            case "agree":
                opens = newest == number and not is_open
                is_open, newest = (True, None) if newest == number else (is_open, newest)
                assert switch.confirm(number) == opens
            case "refuse":
                newest = None if newest == number else newest
                switch.refuse(number)
            case "close":
                assert switch.close() == is_open
                is_open, newest = False, None
        assert (switch.is_open, switch.is_pending) == (is_open, newest is not None)


def test_a_lease_holds_as_long_as_it_is_renewed() -> None:
    switch = MicrophoneSwitch()
    press = switch.request(True, 10.0)
    assert not switch.has_lapsed(10.0 + LEASE)
    assert switch.has_lapsed(10.1 + LEASE), "also before the server has answered"
    switch.confirm(press)
    switch.renew(12.0)
    assert not switch.has_lapsed(12.0 + LEASE)
    assert switch.has_lapsed(12.1 + LEASE)
    switch.close()
    assert not switch.has_lapsed(1000.0)
    switch.confirm(switch.request(False, 20.0))
    assert not switch.has_lapsed(1000.0), "who did not ask for a lease has none"


class MicrophoneStage:
    """A microphone with nothing real around it."""

    def __init__(self, claim: MicrophoneClaim | None = None) -> None:
        self.sends = False
        self.trouble: str | None = ""
        self.connected = True
        self.sent: list[c.RoomCommand] = []
        self.told: list[e.Event] = []
        self.kept_from: list[float] = []
        self.last_words: Callable[[], object] | None = None
        self.microphone = OwnMicrophone(self, self._send, self.told.append, claim)

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

    def _send(self, command: c.RoomCommand) -> bool:
        if self.connected:
            self.sent.append(command)
        return self.connected

    def unmute(self, ref: int | None = None, *, lease: bool = False) -> int:
        """Press to unmute, and return the ref under which the server got the command."""
        assert self.microphone.press(c.Unmute(lease=lease, ref=ref), 0.0) is None
        assert isinstance(self.sent[-1], c.Unmute)
        assert self.sent[-1].ref is not None
        return self.sent[-1].ref

    def agree(self, ref: int, *, is_unmuted: bool = True) -> e.Done | e.Refused | None:
        return self.microphone.answered(e.Done(ref=ref), is_unmuted)

    @property
    def is_open(self) -> bool:
        """Whether the microphone is open; fails if switch, voice and events disagree."""
        told = [event.open for event in self.told if isinstance(event, Microphone)]
        assert self.sends == self.microphone.is_open == bool(told and told[-1])
        return self.sends


def test_a_press_opens_when_the_room_agrees_and_the_frontend_gets_its_own_ref_back() -> None:
    stage = MicrophoneStage()
    ref = stage.unmute(ref=7)
    assert not stage.is_open
    assert stage.agree(ref) == e.Done(ref=7)
    assert stage.is_open
    assert stage.agree(stage.unmute()) is None, "nobody asked for this answer"


def test_presses_that_cross_end_as_the_last_one_says() -> None:
    stage = MicrophoneStage()
    first = stage.unmute()
    stage.microphone.press(c.Mute(), 0.0)
    second = stage.unmute()
    stage.agree(first)  # its unmuted is over: the mute is on its way
    assert not stage.is_open
    stage.agree(second)
    assert stage.is_open
    late = stage.unmute()
    stage.microphone.press(c.Mute(), 0.0)
    stage.agree(late)
    assert not stage.is_open


def test_an_answer_alone_opens_nothing() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute(), is_unmuted=False)
    assert not stage.is_open
    assert not stage.microphone.is_pending
    stage.agree(FIRST_REF + 17)
    assert not stage.is_open


def test_a_refused_press_closes_nothing_that_is_open() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    ref = stage.unmute(ref=3)
    refused = e.Refused(command="unmute", code="rate_limited", text="", ref=ref)
    answer = stage.microphone.answered(refused, True)
    assert answer == e.Refused(command="unmute", code="rate_limited", text="", ref=3)
    assert stage.is_open, "and sound, switch and frontend still agree"
    stage.microphone.watch(1000.0)
    assert stage.is_open


def test_the_server_hears_of_a_release_after_the_last_words() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    assert stage.microphone.press(c.Mute(ref=4), 1.0, 0.2) is None
    assert not stage.is_open, "whoever let go is off the air at once"
    assert [type(each) for each in stage.sent] == [c.Unmute]
    stage.finish()
    assert stage.sent[-1] == c.Mute(ref=4)


def test_a_press_before_the_last_words_are_sent_is_heard_of_after_them() -> None:
    stage = MicrophoneStage()
    stage.agree(stage.unmute())
    stage.microphone.press(c.Mute(), 1.0)
    assert stage.microphone.press(c.Unmute(), 1.1, 0.05) is None
    assert [type(each) for each in stage.sent] == [c.Unmute, c.Mute, c.Unmute]
    assert stage.kept_from == [0.0, 0.05], "what is said from the press on is kept"


def test_a_press_without_a_connection_is_void() -> None:
    stage = MicrophoneStage()
    stage.connected = False
    refused = stage.microphone.press(c.Unmute(), 0.0)
    assert refused is not None
    assert refused.code == "not_connected"
    assert not stage.microphone.is_pending


def test_the_answer_to_a_press_before_a_reconnect_opens_nothing() -> None:
    stage = MicrophoneStage()
    ref = stage.unmute()
    stage.microphone.disconnected()
    assert stage.agree(ref) == e.Done(ref=ref), "it is not known any more"
    assert not stage.is_open


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
    stage.microphone.renew(1.0)
    stage.microphone.watch(LEASE + 0.5)
    assert stage.is_open
    stage.microphone.watch(LEASE + 1.5)
    stage.microphone.watch(LEASE + 2.0)
    assert stage.told == [Microphone(open=True), Microphone(open=False, reason="lease")]
    assert [type(each) for each in stage.sent] == [c.Unmute, c.Mute]


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
