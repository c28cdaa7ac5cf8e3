"""What the user may do about how they alone hear a person, by a key or on the person's card.

Pure.
"""

from __future__ import annotations

from ...protocol.adjustment import (
    MAX_VOLUME,
    AdjustingCommand,
    Adjustment,
    MuteForMe,
    SetVolume,
    SuppressNoise,
    UnmuteForMe,
)
from ...protocol.people import Person
from ...protocol.view import RoomView

STEP = 10
"""Percent of volume by which a key changes it."""


def can_be_adjusted(person: Person, view: RoomView | None) -> bool:
    """Whether a person in the room is somebody whom the user hears."""
    return view is not None and person.id != view.me and bool(person.key)


def switch_words(adjustment: Adjustment) -> dict[str, str]:
    """Return what the keys that switch something do now, by their names; ``{}`` is the person."""
    mute = "Hear {} again" if adjustment.muted else "Mute {} for you; they are not told"
    noise = "Leave the noise in the voice of {}"
    if not adjustment.noise_suppressed:
        noise = "Take the noise out of the voice of {}, for you"
    return {"mute_for_me": mute, "suppress_noise": noise}


def adjusting(name: str, person: Person, adjustment: Adjustment) -> AdjustingCommand:
    """Return the command of a key, given how the person is heard now."""
    key = person.key
    if name == "mute_for_me":
        return UnmuteForMe(key=key) if adjustment.muted else MuteForMe(key=key)
    if name == "suppress_noise":
        return SuppressNoise(key=key, on=not adjustment.noise_suppressed)
    steps = adjustment.volume // STEP + 1 if name == "louder" else -(-adjustment.volume // STEP) - 1
    return SetVolume(key=key, percent=max(0, min(MAX_VOLUME, steps * STEP)))
