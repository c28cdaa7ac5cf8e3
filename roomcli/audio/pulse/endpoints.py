"""What a sound server plays to and hears from, and which of it a person means. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from roomcli.audio.device import DeviceInfo
from roomcli.audio.naming import find_card

Direction = Literal["input", "output"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A sink or a source; ``id`` is its name for the server, ``name`` that for people."""

    direction: Direction
    id: str
    name: str
    channels: int
    rate: int
    is_monitor: bool  # hears what a sink plays: no microphone


@dataclass(frozen=True, slots=True)
class Landscape:
    """All that a sound server has at one moment."""

    server: str  # "PulseAudio 16.1", or what else serves
    endpoints: tuple[Endpoint, ...]
    default_input: str
    default_output: str

    def has(self, id: str, direction: Direction) -> bool:
        """Whether there is a sink or source with this id."""
        return any(each.id == id and each.direction == direction for each in self.endpoints)

    def name_of(self, id: str, direction: Direction) -> str | None:
        """Return the name for people; None for what was not there."""
        for each in _with_names_of_their_own(self.endpoints):
            if (each.id, each.direction) == (id, direction):
                return each.name
        return None

    def cards(self) -> list[DeviceInfo]:
        """Return what is shown to people: all but monitors, numbered in the server's order."""
        return [
            DeviceInfo(
                index=number,
                name=each.name,
                host_api=self.server,
                inputs=each.channels if each.direction == "input" else 0,
                outputs=each.channels if each.direction == "output" else 0,
                rate=each.rate,
                default_input=each.direction == "input" and each.id == self.default_input,
                default_output=each.direction == "output" and each.id == self.default_output,
            )
            for number, each in enumerate(self._visible())
        ]

    def find_endpoint(self, spec: str, direction: Direction) -> Endpoint | None:
        """Return what ``spec`` names: the server's own name, monitors too, or as in ``cards``."""
        for each in self.endpoints:
            if (each.id, each.direction) == (spec, direction):
                return each
        card = find_card(self.cards(), spec, direction)
        return self._visible()[card.index] if card else None

    def _visible(self) -> list[Endpoint]:
        return [each for each in _with_names_of_their_own(self.endpoints) if not each.is_monitor]


def _with_names_of_their_own(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Return them with the id beside each name that two of a direction have."""
    listed = list(endpoints)
    often = Counter((each.direction, each.name) for each in listed)
    return [
        replace(each, name=f"{each.name} ({each.id})")
        if often[each.direction, each.name] > 1
        else each
        for each in listed
    ]
