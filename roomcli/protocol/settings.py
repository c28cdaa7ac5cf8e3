"""The settings of a room, which its moderators may change while it is open."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .entrance import AllowedPeople, ClaimPatterns, EntranceRule, GuestMode

HandMode = Literal["on", "off", "invited"]
"""on: everybody may ask to speak. off: no new hands, those in the queue may still be accepted.
invited: nobody asks, moderators invite."""
HandOrder = Literal["fifo", "fair"]
"""fifo: first come, first served. fair: first who has spoken least, then who has waited longest."""
TurnSeconds = Annotated[int, Meta(ge=0, le=3600)]
PauseSeconds = Annotated[int, Meta(ge=0, le=3600)]
Capacity = Annotated[int, Meta(ge=1, le=1_000_000)]
SMALL_ROOM = 32
"""People up to whom voice may come in frames of 10 ms: twice the frames cost as much as twice the
people."""
Bitrate = Annotated[int, Meta(ge=12, le=96)]


class RoomSettings(Struct, frozen=True, kw_only=True):
    """The settings of a room.

    ``floor_seconds`` is how long a speaker's turn may last, 0 for no limit. ``slow_seconds`` is how
    long everyone but moderators waits between two chat messages. ``capacity`` is how many people
    may be in the room, ``listed`` whether the server names an open room to everybody who asks,
    ``low_delay`` whether voice may come in shorter frames while the room is small.
    ``max_bitrate`` is how many kb/s one voice may use.
    ``guests``, ``members``, ``claimed``, ``by_device``, ``allowed`` and ``knock`` are who may enter
    (:mod:`roomcli.protocol.entrance`).
    """

    topic: str = ""
    hands: HandMode = "on"
    order: HandOrder = "fifo"
    floor_seconds: TurnSeconds = 0
    chat: bool = True
    slow_seconds: PauseSeconds = 0
    capacity: Capacity = 10_000
    listed: bool = True
    low_delay: bool = True
    guests: GuestMode = "on"
    members: bool = False
    claimed: ClaimPatterns = ()
    by_device: bool = True
    allowed: AllowedPeople = ()
    knock: bool = False
    max_bitrate: Bitrate = 96

    def takes_short_frames(self, people: int) -> bool:
        """Whether voice may be sent in frames of 10 ms while so many people are in the room."""
        return self.low_delay and people <= SMALL_ROOM

    @property
    def entrance(self) -> EntranceRule:
        """Who may enter, as those who are not in the room may know it."""
        return EntranceRule(
            guests=self.guests,
            members=self.members,
            claimed=self.claimed,
            by_device=self.by_device,
            by_list=bool(self.allowed),
            knock=self.knock,
        )
