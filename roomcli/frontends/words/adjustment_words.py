"""How the user hears a person, in words; never those of what moderators do, or of a microphone."""

from __future__ import annotations

from ...protocol.adjustment import Adjustment

MUTED = "muted for you"


def adjustment_words(adjustment: Adjustment) -> str:
    """Return how a person is heard, ``muted for you, volume 50 %``; empty if as they are sent."""
    words = [MUTED] if adjustment.muted else []
    words += [f"volume {adjustment.volume} % for you"] if adjustment.volume != 100 else []
    words += ["noise suppressed for you"] if adjustment.noise_suppressed else []
    return ", ".join(words)


def adjustment_line(name: str, adjustment: Adjustment) -> str:
    """Return how the person of this name is heard, as a sentence."""
    if adjustment.muted:
        return f"{name} is {MUTED}"
    volume = f" at {adjustment.volume} %" if adjustment.volume != 100 else ""
    noise = " with noise suppressed" if adjustment.noise_suppressed else ""
    return f"You hear {name}{volume}{noise}" if volume or noise else f"You hear {name} as sent"


def adjustment_mark(adjustment: Adjustment) -> str:
    """Return what a screen shows before a name if somebody is not heard as sent; mostly empty."""
    if adjustment.muted or adjustment.volume == 0:
        return "⊘ "
    if adjustment.volume != 100:
        return "↓ " if adjustment.volume < 100 else "↑ "
    return "≈ " if adjustment.noise_suppressed else ""
