"""What is done to one's own voice on this machine: how it is set, and what is at work now."""

from __future__ import annotations

from typing import Literal

import msgspec

from . import commands as c
from . import events as e

EchoSetting = Literal["auto", "on", "off"]
GateSetting = Literal["off", "low", "normal", "high"]
SoundPart = Literal["high_pass", "echo", "noise", "level", "gate"]
"""A part of the way of a voice that may be at work or not."""


class SoundSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to the voice of a microphone.

    ``high_pass`` takes away what is lower than a voice, ``echo`` the voices of others that the
    microphone hears, ``noise`` steady noise; ``level`` evens out how loud one is. ``gate`` is how
    easily it takes sound for speech, which alone is sent; with ``off`` all is. With ``music`` the
    sound is sent as it is, all of it, with more bits.
    """

    high_pass: bool = True
    echo: EchoSetting = "auto"
    noise: bool = True
    level: bool = True
    music: bool = False
    gate: GateSetting = "normal"


AS_IT_IS = SoundSettings(high_pass=False, echo="off", noise=False, level=False)
"""How files and tones begin: somebody has prepared them."""


class ChangeSound(c.Command, frozen=True, kw_only=True):
    """Set what is done to one's own voice, at once; what is None stays.

    It is about the kind of microphone that is in use: a card, or a file or tone.
    """

    high_pass: bool | None = None
    echo: EchoSetting | None = None
    noise: bool | None = None
    level: bool | None = None
    music: bool | None = None
    gate: GateSetting | None = None

    def applied_to(self, sound: SoundSettings) -> SoundSettings:
        """Return the settings after this change."""
        changes = {
            name: value
            for name in SoundSettings.__struct_fields__
            if (value := getattr(self, name)) is not None
        }
        return msgspec.structs.replace(sound, **changes)


class SoundChanged(e.Event, frozen=True, kw_only=True):
    """What is set for one's own voice, or at work, has changed; also answers ``change_sound``.

    ``works`` are the parts that are at work at this moment: ``echo`` only while an echo is being
    cancelled, none while no microphone is in use. ``played``: the settings are those of a file or
    tone. ``bitrate`` is in bits per second, 0 without a microphone.
    """

    sound: SoundSettings
    works: tuple[SoundPart, ...] = ()
    played: bool = False
    bitrate: int = 0
    ref: int | None = None
