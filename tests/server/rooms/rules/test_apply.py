"""Tests of what has to be done when something happened: what is saved, and who is sent away."""

from __future__ import annotations

import functools

import pytest
from msgspec.structs import asdict

from roomcli.protocol import events as e
from server.rooms.rules import Delivery, apply, evolve, project_classes
from server.rooms.rules import effects as f
from server.rooms.rules import journal as j

from .play import Play, meeting, standup
from .script import CURTAIN, key_of

NAMES = {key_of(name): name for name in ("ann", "bob", "cid", "eve")}


def effects_of(play: Play, line: str) -> list[f.Effect]:
    """Let a line of a play happen; return what has to be done."""
    events = play.events(line)
    state, effects = apply(play.state, events)
    play.happen(events)
    assert state == play.state
    return effects


def saved(play: Play, line: str) -> list[str]:
    """Let a line of a play happen; return what is saved, in words."""
    return [in_words(each) for each in effects_of(play, line) if isinstance(each, f.Save)]


def in_words(save: f.Save) -> str:
    """Write what is saved; with a ``?`` if the acknowledgement does not wait for it."""
    match save:
        case f.SaveSeat(someone=someone, hand_at=hand_at):
            hand = "" if hand_at is None else f" hand={hand_at - CURTAIN:g}"
            text = f"seat {someone.id} as {someone.role}{hand}"
        case f.AppendEntry(entry=entry):
            text = f"entry {entry.action}"
        case f.SaveMessage(message=message):
            text = f"message {message.number} of {message.full_name}"
        case f.SaveBan(owner=owner, ban=ban):
            text = f"ban of {NAMES[ban.key]} by {NAMES[owner]}"
        case f.SaveSilence(owner=owner, silence=silence):
            text = f"silence of {NAMES[silence.key]} by {NAMES[owner]}"
        case _:
            values = {name: each for name, each in asdict(save).items() if name != "awaited"}
            words = [NAMES.get(str(each), str(each)) for each in values.values()]
            text = " ".join([type(save).__name__, *words])
    return text if save.awaited else f"{text}?"


@pytest.mark.parametrize(
    ("before", "line", "saves"),
    [
        ("", "ann: mute", []),
        ("", "ann: react 👏", []),
        ("", "eve: raise_hand", ["seat eve as listener hand=2?"]),
        ("eve: raise_hand", "eve: lower_hand", ["seat eve as listener?"]),
        (
            "eve: raise_hand",
            "ann: accept_hand eve",
            ["seat eve as listener?", "seat eve as speaker"],
        ),
        (
            "eve: raise_hand",
            "ann: lower_all_hands",
            ["entry lower_all_hands", "seat eve as listener?"],
        ),
        ("", "ann: make_cohost bob", ["entry make_cohost", "seat bob as cohost"]),
        ("", "ann: make_cohost cid", ["entry make_cohost", "seat cid as cohost"]),
        (
            "ann: ban eve",
            "ann: hand_over bob",
            [
                "entry hand_over",
                "seat bob as host",
                "ban of eve by bob",
                "SaveRoom",
                "seat ann as speaker",
            ],
        ),
        ("", "bob: leave_stage", ["seat bob as listener"]),
        (
            "",
            "ann: move_to_audience bob",
            ["entry move_to_audience", "seat bob as listener", "LowerSeats bob"],
        ),
        ("", "ann: silence bob", ["entry silence", "silence of bob by ann"]),
        (
            "ann: silence bob",
            "ann: ask_to_unmute bob",
            ["entry lift_silence", "ForgetSilence ann bob"],
        ),
        ("", "ann: remove bob", ["entry remove", "ForgetSeat bob?", "EndSeats bob"]),
        (
            "ann: make_room_invite role=speaker",
            "ann: ban bob",
            ["entry ban", "ban of bob by ann", "ForgetSeat bob?", "EndSeats bob", "SaveRoom"],
        ),
        ("ann: ban bob", "ann: unban bob", ["entry unban", "ForgetBan ann bob"]),
        ("", "ann: lock", ["entry lock", "SaveRoom"]),
        ("", "ann: set_password a-hash", ["entry set_password", "SaveRoom"]),
        ("", "eve: chat hello", ["message 1 of Eve"]),
        ("eve: chat hello", "ann: remove_message 1", ["entry remove_message", "ForgetMessage 1"]),
        ("", "bob drops", []),
        ("", "eve drops", ["RenewSeat eve?"]),
        ("", "eve: leave_room", ["ForgetSeat eve?"]),
        ("", "ann: end_room", ["entry end_room", "ForgetRoom"]),
    ],
)  # fmt: skip
def test_what_is_saved_of_a_command(before: str, line: str, saves: list[str]) -> None:
    play = meeting(*filter(None, [before]))
    assert saved(play, line) == saves


def test_what_time_does_is_saved_too() -> None:
    play = meeting(
        "eve: raise_hand", "ann: change_settings floor_seconds=20", "ann: accept_hand eve"
    )
    assert saved(play, "40 seconds pass") == [
        *("entry turn_over", "seat bob as listener"),
        *("entry turn_over", "seat eve as listener"),
    ]
    play.speak("ann drops")
    assert saved(play, "30 seconds pass") == ["RenewSeat ann?"]
    assert saved(play, "60 seconds pass") == ["entry room_closed", "ForgetRoom"]


def test_a_person_who_is_shown_anew_is_saved_with_what_they_said() -> None:
    play = standup()
    play.speak("pam enters name=Eve")
    play.speak("pam: chat hello")
    play.speak("eve: chat hello")
    assert {
        "seat eve as listener?",
        f"message 2 of Eve·{key_of('eve')[-4:]}",
    } <= set(saved(play, "ann: make_cohost pam"))


def test_whoever_goes_is_told_why_and_frees_their_place() -> None:
    play = meeting("ann: unmute")
    effects = effects_of(play, "ann: remove bob too loud")
    at = effects.index(
        f.Dismissal(
            e.RoomLeft(reason="removed", text="Ann removed you: too loud"), frozenset({"bob"})
        )
    )
    assert effects[at + 1] == f.FreeSlot(1)
    told = [each.event for each in effects[:at] if isinstance(each, Delivery)]
    assert [type(each).__name__ for each in told] == ["ModerationLogged", "ParticipantLeft"]
    assert f.FreeSlot(0) not in effects
    assert f.FreeSlot(0) in effects_of(play, "ann: leave_room")
    assert f.Dismissal(
        e.RoomLeft(reason="left", text="you left"), frozenset({"eve"})
    ) in effects_of(play, "eve: leave_room")
    play.speak("0 seconds pass")
    closed = f.Dismissal(
        e.RoomLeft(reason="ended", text="the room is closed: nobody was there to host it")
    )
    assert closed in effects_of(play, "60 seconds pass")


def test_what_is_written_into_the_log_is_charged_to_the_owner_of_that_time() -> None:
    play = meeting()
    effects = effects_of(play, "ann: hand_over bob")
    assert f.ChargeRoom(key_of("ann"), play.log[-1]) in effects
    assert f.ChargeRoom(key_of("bob"), play.log[-1]) not in effects
    effects = effects_of(play, "bob: lock")
    assert f.ChargeRoom(key_of("bob"), play.log[-1]) in effects


def test_events_at_once_have_the_effects_of_each() -> None:
    play = meeting("eve: raise_hand", "cid: chat hello")
    journal: list[j.JournalEvent] = []
    start, effects = play.state, list[f.Effect]()
    for line in ("ann: accept_hand eve", "eve: unmute", "ann: ban cid", "ann: hand_over eve"):
        journal += play.events(line)
        effects += effects_of(play, line)
    assert apply(start, journal) == (play.state, effects)
    assert apply(start, journal) == (play.state, effects), "something was done, not returned"
    # A journal that is replayed gives the state and nothing to do.
    assert functools.reduce(evolve, journal, start) == play.state


def test_everything_that_is_told_is_an_effect() -> None:
    play = meeting("eve: raise_hand")
    for line in ("ann: accept_hand eve", "ann: silence eve", "ann: make_cohost eve"):
        state, events = play.state, play.events(line)
        told: list[Delivery] = []
        for event in events:
            told += project_classes(state, event)
            state = evolve(state, event)
        effects = effects_of(play, line)
        assert [each for each in effects if isinstance(each, Delivery)] == told
