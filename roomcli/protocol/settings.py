"""How a room is run: what its moderators may change while it lives."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

HandMode = Literal["on", "off", "invited"]
"""on: everybody may ask to speak. off: nobody new, the queue is worked off. invited: nobody asks,
moderators invite."""
HandOrder = Literal["fifo", "fair"]
"""fifo: first come, first served. fair: who has spoken least, then who waits longest."""


class RoomSettings(Struct, frozen=True, kw_only=True):
    """``floor_seconds`` is how long a speaker's turn may last, 0 for ever; ``slow_seconds`` how
    long everyone but moderators waits between two chat messages. ``capacity`` is how many people
    may be in the room, ``listed`` whether an open room is shown to whoever asks the server.
    """

    topic: str = ""
    hands: HandMode = "on"
    order: HandOrder = "fifo"
    floor_seconds: Annotated[int, Meta(ge=0, le=3600)] = 0
    chat: bool = True
    slow_seconds: Annotated[int, Meta(ge=0, le=3600)] = 0
    capacity: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    listed: bool = True
