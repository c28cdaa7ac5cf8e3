"""How the user hears single people, on this machine alone: commands to the engine, and its event.

Nobody else is told. A person is known by their key, so that what is set holds in all rooms, on all
servers, and the next time.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from .commands.base import Command
from .events.base import Event
from .people import Key

MAX_VOLUME = 200
Percent = Annotated[int, Meta(ge=0, le=MAX_VOLUME)]


class Adjustment(Struct, frozen=True):
    """How a person is heard; the default is as they are sent.

    ``volume`` is their amplitude in percent: 50 is 6 dB less, 200 is 6 dB more. ``muted`` is the
    user's own choice not to hear them, and nothing that a moderator does.
    """

    volume: Percent = 100
    muted: bool = False
    noise_suppressed: bool = False


AS_SENT = Adjustment()


class SetVolume(Command, frozen=True, kw_only=True):
    """Hear a person louder or quieter, 0 to 200 percent."""

    key: Key
    percent: Percent


class MuteForMe(Command, frozen=True, kw_only=True):
    """Do not hear a person, who is not told and whom all others hear."""

    key: Key


class UnmuteForMe(Command, frozen=True, kw_only=True):
    """Hear a person again, as loud as before."""

    key: Key


class SuppressNoise(Command, frozen=True, kw_only=True):
    """Take the steady noise out of a person's voice, or leave it in."""

    key: Key
    on: bool = True


AdjustingCommand = SetVolume | MuteForMe | UnmuteForMe | SuppressNoise


class VoicesAdjusted(Event, frozen=True, kw_only=True):
    """How the user hears people, by key: those in view, and whom a command was about.

    Who is not named is heard as sent. Told after ``joined`` if there is anybody, and whenever it
    has changed.
    """

    voices: dict[Key, Adjustment] = {}
