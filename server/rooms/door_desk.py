"""What open rooms hold about a person: inside, and at the door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person

from .room import Room


class Doors(Protocol):
    """The rooms that are open."""

    def open_rooms(self) -> tuple[Room, ...]:
        """Return all rooms that are open."""


class DoorDesk:
    """Tells somebody what open rooms hold about them, and deletes what may go.

    It answers no command: people knock by what is no question to a desk.
    """

    commands: Sequence[type[c.Command]] = ()
    questions: Sequence[type[c.Command]] = ()

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def carry_out(self, asker: Person, command: c.Command) -> Sequence[e.DeskEvent]:
        """Do nothing: no command is for this desk."""
        return []

    def export(self, person: Person) -> Iterator[e.ThingHeld]:
        """Yield what somebody is in rooms, what they wrote there, and where they wait to come in.

        Where they were not let in, it is told until when that counts.
        """
        for room in self._doors.open_rooms():
            yield from _held_inside(room, person)
        for room in self._knocked_at(person):
            waits = room.state.knocks.get(person.id)
            away = room.state.turned_away.get(person.key)
            thing = {
                "room": room.name,
                "since": waits.at if waits is not None else None,
                "turned_away_until": away.until if away is not None else None,
            }
            yield e.ThingHeld(kind="knock", thing=thing)

    def forget(self, person: Person) -> None:
        """Let somebody wait nowhere; that they were not let in stays, or they would knock again."""
        for room in self._knocked_at(person):
            room.stop_knocking(person.id, "you deleted what is held about you")

    def _knocked_at(self, person: Person) -> Iterable[Room]:
        return [
            room
            for room in self._doors.open_rooms()
            if person.id in room.state.knocks or person.key in room.state.turned_away
        ]


def _held_inside(room: Room, person: Person) -> Iterator[e.ThingHeld]:
    state = room.state
    seats = state.seats_of(person.id)
    ban, silence = state.bans.get(person.key), state.silences.get(person.key)
    if seats or ban or silence or state.owner == person.key:
        thing = {
            "room": room.name,
            "owner": state.owner == person.key,
            "roles": [each.role for each in seats],
            "ban": msgspec.to_builtins(ban),
            "silence": msgspec.to_builtins(silence),
        }
        yield e.ThingHeld(kind="room", thing=thing)
    for message in state.chat:
        if message.person == person.id:
            told = {"room": room.name, "text": message.text, "at": message.at}
            yield e.ThingHeld(kind="chat", thing=told)
