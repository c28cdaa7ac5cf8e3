"""Which of a sound server's cards a stream belongs to, while cards come and go. Pure."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from roomcli.errors import AudioError

from .endpoints import Direction, Landscape


@dataclass(frozen=True, slots=True)
class CardSide:
    """One of the two directions, and the words for it."""

    direction: Direction
    default_in: str  # the variable in which libpulse looks for another default
    what: str
    title: bytes  # what the desktop's mixer shows beside "roomcli"

    def find_wanted(self, spec: str, landscape: Landscape) -> str | None:
        """Return the id of the card, None for the server's choice. Raises AudioError."""
        if not spec and os.environ.get(self.default_in):
            return None
        found = landscape.find_endpoint(spec, self.direction)
        if not spec:
            if found is None:
                raise AudioError(f"no {self.what} found: {landscape.server} has none; plug one in")
            return None
        if found is None:
            capable = [
                f"{card.index} {card.name}"
                for card in landscape.cards()
                if card.channels(self.direction)
            ]
            names = ", ".join(capable) or "none at all"
            raise AudioError(f"no {self.what} called {spec!r}; there are: {names}")
        return found.id


SPEAKERS: Final = CardSide("output", "PULSE_SINK", "speakers", b"voices of the room")
MICROPHONE: Final = CardSide("input", "PULSE_SOURCE", "microphone", b"your microphone")


class CardPlace:
    """The place of one stream: the card that was asked for, another until that is back, or any.

    A stream for which no card was asked stays with the server's default, wherever that is.
    """

    def __init__(self, side: CardSide, spec: str, landscape: Landscape) -> None:
        """Look for the card that ``spec`` names. Raises AudioError if there is none."""
        self._side = side
        self._landscape = landscape
        self._wanted = side.find_wanted(spec, landscape)
        self._wanted_name = landscape.name_of(self._wanted or "", side.direction)
        self._is_away = False

    @property
    def card(self) -> str | None:
        """The id of the card to go to, None for the server's choice."""
        return None if self._is_away else self._wanted

    @property
    def likely_card(self) -> str:
        """The id of the card to which that leads."""
        output = self._side.direction == "output"
        default = self._landscape.default_output if output else self._landscape.default_input
        return self.card or default

    def survey(self, landscape: Landscape) -> bool:
        """Take note of what the server has now; return whether the wanted card has come back.

        Raises AudioError if nothing is left to play on, or to hear with.
        """
        self._landscape = landscape
        was_away = self._is_away
        self._is_away = self._wanted is not None and not landscape.has(
            self._wanted, self._side.direction
        )
        if self._is_away or self._wanted is None:
            self._side.find_wanted(
                "", landscape
            )  # a server goes on with what its own speakers play
        return was_away and not self._is_away

    def name_of(self, id: str) -> str | None:
        """Return what to call a stream that is at the card with this id; None if it is new here."""
        name = self._landscape.name_of(id, self._side.direction)
        if name and self._is_away and id != self._wanted:
            return f"{name}, until {self._wanted_name} is back"
        return name
