"""Which of two sound systems has the cards: the desktop's sound server, or PortAudio.

PulseAudio and PipeWire come first wherever they answer: with them cards have the names that the
desktop shows, come and go, and add less delay.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass

from roomcli.errors import AudioError

log = logging.getLogger(__name__)

_has_answered = False  # then its cards stay its own, though it may be away for a moment
_told = ""


@dataclass(frozen=True, slots=True)
class SoundSystem:
    """Where the cards are; ``words`` say so to people, in a line."""

    is_server: bool
    words: str


def find_sound_system() -> SoundSystem:
    """Return which sound system has the cards now; takes a second at most.

    Raises AudioError if a sound server that had answered is away: PortAudio would take its cards.
    """
    global _has_answered
    if not sys.platform.startswith("linux"):
        return SoundSystem(False, "PortAudio")
    from .pulse.connection import connect

    try:
        landscape = connect().survey()
    except AudioError as error:
        if _has_answered:
            raise
        return _log_once(SoundSystem(False, f"PortAudio, since {error}"))
    _has_answered = True
    return _log_once(SoundSystem(True, f"{landscape.server}, by libpulse"))


def _log_once(found: SoundSystem) -> SoundSystem:
    global _told
    if found.words != _told:
        _told = found.words
        log.info("sound: %s", found.words)
    return found
