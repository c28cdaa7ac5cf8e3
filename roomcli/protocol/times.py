"""The durations of a room that the server keeps and clients tell people, in seconds."""

from __future__ import annotations

KEEP_SEAT = 30.0
"""How long a lost connection keeps its place on stage or in the queue. If a host does not come back
in time, the first co-host takes over."""
HOST_GRACE = 60.0
"""How long a room stays open without a host or co-host."""
TURN_GRACE = 15.0
"""How long a speaker may go on after they were told that their turn is over."""
