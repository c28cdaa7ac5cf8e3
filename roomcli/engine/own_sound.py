"""What the person wants to be done to their voice: for sound cards, and for what is played."""

from __future__ import annotations

from typing import Final

from ..audio.gate import Sensitivity
from ..audio.processing.chain import PLAIN, Processing
from ..protocol.sound import AS_IT_IS, ChangeSound, SoundSettings

PLAYED_KINDS: Final = ("file", "pipe", "tone")
"""Kinds of microphone that give a sound which somebody has prepared: it is sent as it is, until the
person wants otherwise."""


class OwnSound:
    """The settings of each kind of microphone, for as long as the engine lives."""

    def __init__(self, card: SoundSettings | None = None) -> None:
        self._card = card or SoundSettings()
        self._played = AS_IT_IS

    def prefer(self, card: SoundSettings | None) -> None:
        """Take over how the person has set sound cards; None leaves it."""
        self._card = card or self._card

    def for_kind(self, kind: str) -> SoundSettings:
        """Return the settings for a kind of microphone."""
        return self._played if kind in PLAYED_KINDS else self._card

    def change(self, change: ChangeSound, kind: str) -> None:
        """Change the settings of a kind of microphone."""
        if kind in PLAYED_KINDS:
            self._played = change.applied_to(self._played)
        else:
            self._card = change.applied_to(self._card)


def processing_of(sound: SoundSettings) -> Processing:
    """Return the stages that these settings ask for."""
    if sound.music:
        return PLAIN
    return Processing(
        high_pass=sound.high_pass, echo=sound.echo, noise=sound.noise, level=sound.level
    )


def sensitivity_of(sound: SoundSettings) -> Sensitivity:
    """Return how easily the voice gate opens; all of music is sent."""
    return "off" if sound.music else sound.gate
