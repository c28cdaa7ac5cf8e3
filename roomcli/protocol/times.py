"""Times on the wire, and the durations of a room that clients tell people too, in seconds."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]
"""A time or duration: a number, not NaN, up to the year 9999, so that a client can compute with it
and show it whatever a server sends."""

KEEP_SEAT = 30.0
"""How long a lost connection keeps its place on stage or in the queue. If a host does not come back
in time, the first co-host takes over."""
HOST_GRACE = 60.0
"""How long a room stays open without a host or co-host."""
TURN_GRACE = 15.0
"""How long a speaker may go on after they were told that their turn is over."""
