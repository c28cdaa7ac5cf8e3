"""What a room says to those who carry its voice: who is here, who may speak, and how.

The room decides it. Who carries voice, in this process or in others, asks for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from msgspec import Struct

from roomcli.errors import CommandRefused

from .visitor import RoomVisitor

Accepted = Callable[[str, bytes, float], None]
"""Told of each voice frame that all listeners hear: the speaker's seat, the frame as a bundle's
entry, and its seconds."""


KeptFrame = tuple[float, str, bytes]
"""How many seconds ago a frame was let through, its speaker's seat, and the bundle's entry."""


class KeptElsewhere(NamedTuple):
    """What other servers let through in the last minute.

    ``unanswered`` is how many of them have not said it in time.
    """

    frames: list[KeptFrame] = []
    unanswered: int = 0


class VoiceRights(Struct, frozen=True):
    """Who may be heard in a room at this moment; all seats on stage are in one of the two tables.

    ``places`` has slot and generation of those who are heard if they speak, ``refused`` why the
    others are not. ``short`` says whether frames of 10 ms may come, ``ceiling`` how many kb/s a
    voice may take; ``is_large`` whether listeners may be further behind.
    """

    places: dict[str, tuple[int, int]] = {}
    refused: dict[str, str] = {}
    short: bool = False
    ceiling: int = 0
    is_large: bool = False

    def is_on_stage(self, seat: str) -> bool:
        """Whether the seat is on stage."""
        return seat in self.places or seat in self.refused

    def covers(self, seat: str, entry: bytes) -> bool:
        """Whether a frame, as a bundle's entry, is of who is heard, in the slot that they have."""
        return self.places.get(seat) == tuple(entry[:2])

    def why_not(self, seat: str) -> CommandRefused:
        """Return why a seat is not heard."""
        match self.refused.get(seat):
            case None:
                text = "only people on stage are heard: raise your hand"
                return CommandRefused("not_on_stage", text)
            case "silenced":
                return CommandRefused("silenced", "a moderator has silenced you")
            case _:
                return CommandRefused("muted", "your microphone is muted: unmute first")


class RoomVoice(Protocol):
    """Carries the voice of one room."""

    @property
    def people_elsewhere(self) -> int:
        """How many there are whom another machine sends the room's voice."""

    def is_elsewhere(self, visitor: RoomVisitor) -> bool:
        """Whether a visitor is, or would be, one of these."""

    def enter(self, visitor: RoomVisitor) -> None:
        """Send the room's voice to this visitor too, in place of an earlier one of their seat."""

    def leave(self, seat: str) -> None:
        """Send nothing more to a seat; it may be one that is not here."""

    def set_rights(self, rights: VoiceRights) -> None:
        """Let be heard whom this names, from now on."""

    def forget_slot(self, slot: int) -> None:
        """Forget the voice in this slot: its holder has left the stage."""

    async def kept_elsewhere(self) -> KeptElsewhere:
        """Return what was said in the last minute where other servers keep it, for a report."""

    async def run(self) -> None:
        """Carry voice until cancelled."""
