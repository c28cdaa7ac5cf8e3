"""Scenes from a room, written as a play: what people do, and who is told what.

    >> ann enters as host          somebody comes in (as listener when no role is said);
                                   `restored`, `silenced` and `hand=1.5` (seconds ago) may follow
    >> ann: accept_hand bob        a command
    >> bob drops | bob resumes     a connection is lost | back
    >> 30 seconds pass             the clock moves, and what is due happens
    << everyone: muted ann         told to everyone; `<< ann+bob:` to these; `<< bob refused: code`

After each line with >> the room does exactly what the following lines with << say. Somebody's id is
their name; slots are written as slot/generation, times as seconds since the play began.
"""

from __future__ import annotations

import functools

import pytest
from msgspec import Struct, convert, to_builtins
from msgspec.structs import asdict

from roomcli.errors import Refused
from roomcli.protocol.commands import RoomCommand
from roomcli.protocol.events import AskedToUnmute
from roomcli.protocol.people import Person, Role, Speaker
from roomcli.protocol.room import RoomView, evolve_view
from server.policy import (
    Delivery,
    JournalEvent,
    Limits,
    RoomState,
    Told,
    decide,
    drop,
    enter,
    evolve,
    next_wake,
    project,
    project_classes,
    resume,
    tick,
    view,
)

CURTAIN = 1_700_000_000.0
ROLES: tuple[Role, ...] = ("host", "cohost", "speaker", "listener")


def told(before: RoomView, events: list[Told]) -> RoomView:
    """The view of somebody who was told these events."""
    room_events = [each for each in events if not isinstance(each, AskedToUnmute)]
    return functools.reduce(evolve_view, room_events, before)


def assert_same_view(one: RoomView, other: RoomView) -> None:
    """Equal, the order of stage, front row and invites included."""
    assert one == other
    for name in ("stage", "front_row", "invites"):
        assert list(getattr(one, name)) == list(getattr(other, name))


class Play:
    """A room with a clock, that understands the lines above."""

    def __init__(self, limits: Limits = Limits(stage=3, front_row=2)) -> None:  # noqa: B008
        self.state = RoomState.opened("standup", "open", limits)
        self.now = CURTAIN

    def perform(self, script: str) -> None:
        """Speak the lines; the room must answer each exactly as the script says."""
        expected = [line.strip() for line in script.strip().splitlines() if line.strip()]
        actual: list[str] = []
        for line in expected:
            if line.startswith(">>"):
                actual += [line, *self.speak(line.removeprefix(">> "))]
        assert actual == expected

    def speak(self, line: str) -> list[str]:
        """What the room does upon one line of the script."""
        try:
            return self.happen(self.events(line))
        except Refused as refused:
            return [f"<< {line.split()[0].rstrip(':')} refused: {refused.code}"]

    def events(self, line: str) -> list[JournalEvent]:
        """The events that follow from one line of the script."""
        match line.split():
            case [seconds, "seconds", "pass"]:
                wake = next_wake(self.state, self.now)
                self.now += float(seconds)
                due = tick(self.state, self.now)
                assert bool(due) == (wake is not None and wake <= self.now)
                return due
            case [id, "drops"]:
                return drop(self.state, id, self.now)
            case [id, "resumes"]:
                return resume(self.state, id, self.now)
            case [id, "enters", *how]:
                return self.entry(id, how)
            case [actor, name, *words]:
                return decide(self.state, actor.rstrip(":"), command(name, *words), self.now, b"")
        raise AssertionError(f"not a line of a play: {line}")

    def entry(self, id: str, how: list[str]) -> list[JournalEvent]:
        """Somebody comes in, as the words say."""
        ago = next((float(word[5:]) for word in how if word.startswith("hand=")), None)
        return enter(
            self.state,
            Person(id, id.title()),
            role=next((role for role in ROLES if role in how), "listener"),
            hand_at=None if ago is None else self.now - ago,
            silenced="silenced" in how,
            restored="restored" in how,
            now=self.now,
        )

    def happen(self, events: list[JournalEvent]) -> list[str]:
        """Let events happen; the lines that tell of them."""
        lines: list[str] = []
        for event in events:
            before, self.state = self.state, evolve(self.state, event)
            lines += map(written, project_classes(before, event))
            for id in before.participants.keys() & self.state.participants.keys():
                followed = told(view(before, id), project(before, event, id))
                assert_same_view(followed, view(self.state, id))
        return lines


def command(name: str, *words: str) -> RoomCommand:
    """A command from its name and its one argument, if it has one."""
    field = "reaction" if name == "react" else "id"
    fields = {"command": name, **({field: words[0]} if words else {})}
    wanted: RoomCommand = convert(fields, type=RoomCommand)
    return wanted


def written(delivery: Delivery) -> str:
    """A delivery as a line of the play."""
    to = "everyone" if delivery.to == "everyone" else "+".join(sorted(delivery.to))
    name = to_builtins(delivery.event)["event"]
    words = [_word(field, value) for field, value in asdict(delivery.event).items()]
    return " ".join(["<<", f"{to}:", name, *filter(None, words)])


def _word(field: str, value: object) -> str:
    match field, value:
        case _, None:
            return ""
        case _, Person(id=id):
            return id
        case _, Speaker(person=Person(id=id), role=role, slot=slot, generation=generation):
            assert isinstance(value, Struct)
            marks = [mark for mark in ("muted", "silenced") if getattr(value, mark)]
            gone = [] if value.connected else ["dropped"]
            return " ".join([id, f"as {role}", f"{slot}/{generation}", *marks, *gone])
        case "at" | "closes_at", float():
            return f"{field}={value - CURTAIN:g}"
        case "by", str():
            return f"by {value}"
        case "audience", _:
            return f"audience={value}"
        case "reactions", dict():
            return " ".join(f"{reaction}x{count}" for reaction, count in value.items())
    return str(value)


STANDUP = """
    >> ann enters as host
    << everyone: stage_joined ann as host 0/1 muted
    >> bob enters
    >> eve enters
    >> 1 seconds pass
    << everyone: participant_joined bob
    << everyone: participant_joined eve
    << everyone: pulse audience=2
"""


def standup() -> Play:
    """Ann hosts, Bob and Eve listen; one second has passed."""
    play = Play()
    play.perform(STANDUP)
    return play


def test_a_play_is_not_satisfied_with_less() -> None:
    with pytest.raises(AssertionError):
        standup().perform("""
            >> bob: raise_hand
        """)
    with pytest.raises(AssertionError):
        standup().perform("""
            >> ann: mute
            << everyone: muted ann
        """)
