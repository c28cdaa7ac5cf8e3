"""What is said of what one plays to the room."""

from __future__ import annotations

from ...protocol.durations import clock
from ...protocol.playing import Playing


def playing_line(event: Playing) -> str:
    """Return a change as a line: ``You play talk.mp3, 0:00 of 12:40``."""
    match event.state:
        case "waiting":
            return f"{event.name} waits until your microphone is open"
        case "playing":
            return f"You play {playing_place(event)}"
        case "paused":
            return f"{playing_place(event)}: /play goes on"
        case "ended":
            return f"{event.name} has ended"
        case "stopped":
            return f"{event.name} is stopped"


def playing_place(event: Playing) -> str:
    """Return what is played and how far it is: ``talk.mp3 1:32 of 12:40, paused``."""
    length = "" if event.duration is None else f" of {clock(event.duration)}"
    paused = ", paused" if event.state == "paused" else ""
    return f"{event.name} {clock(event.position)}{length}{paused}"
