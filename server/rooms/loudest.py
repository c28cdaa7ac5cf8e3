"""Who is heard when too many talk at once: the loudest few, without flicker.

Levels come from the frames' headers, so that the server needs no codec. A client that always claims
the same full level is taken for the quietest: speech rises and falls.
"""

from __future__ import annotations

from dataclasses import dataclass

HYSTERESIS_DB = 6.0
"""How much louder somebody has to be to take another's place, in dB."""
HOLD_SECONDS = 0.4
"""Seconds of silence after which a place is free."""
_SMOOTHING = 0.1
_FLAT_FRAMES = 250
_FLAT_DB = 3.0
_FLAT_PENALTY_DB = 40.0


@dataclass
class _Voice:
    loudness: float
    heard_at: float
    highest: float
    lowest: float
    frames: int = 0
    flat: bool = False


class Loudest:
    """Admits frames of the ``limit`` loudest voices. Loudness is in dBov, 0 is the loudest."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._voices: dict[int, _Voice] = {}
        self._chosen: set[int] = set()

    def admits(self, slot: int, level: int, now: float) -> bool:
        """Whether this frame is forwarded. ``level`` is in dBov, ``now`` in seconds."""
        voice = self._followed(slot, float(level), now)
        self._chosen = {
            each for each in self._chosen if now - self._voices[each].heard_at <= HOLD_SECONDS
        }
        while len(self._chosen) > self.limit:
            self._chosen.remove(self._quietest())
        if slot not in self._chosen:
            if len(self._chosen) < self.limit:
                self._chosen.add(slot)
            else:
                quietest = self._quietest()
                if voice.loudness > self._voices[quietest].loudness + HYSTERESIS_DB:
                    self._chosen.remove(quietest)
                    self._chosen.add(slot)
        return slot in self._chosen

    def is_flat(self, slot: int) -> bool:
        """Whether the voice in this slot claims a level that never falls."""
        return slot in self._voices and self._voices[slot].flat

    def forget(self, slot: int) -> None:
        """Forget the voice in this slot; the next one starts anew."""
        self._voices.pop(slot, None)
        self._chosen.discard(slot)

    def _quietest(self) -> int:
        return min(self._chosen, key=lambda each: self._voices[each].loudness)

    def _followed(self, slot: int, loudness: float, now: float) -> _Voice:
        voice = self._voices.get(slot)
        if voice is None:
            voice = self._voices[slot] = _Voice(loudness, now, loudness, loudness)
        elif now - voice.heard_at > HOLD_SECONDS:
            # After a pause loudness starts anew; but a flat level stays flat.
            voice.loudness = loudness - (_FLAT_PENALTY_DB if voice.flat else 0.0)
        voice.frames += 1
        voice.highest = max(voice.highest, loudness)
        voice.lowest = min(voice.lowest, loudness)
        if voice.frames >= _FLAT_FRAMES:
            voice.flat = voice.highest - voice.lowest < _FLAT_DB
            voice.frames, voice.highest, voice.lowest = 0, loudness, loudness
        heard = loudness - (_FLAT_PENALTY_DB if voice.flat else 0.0)
        voice.loudness += (heard - voice.loudness) * _SMOOTHING
        voice.heard_at = now
        return voice
