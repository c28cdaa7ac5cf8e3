"""The commands that a client sends to the server.

Each struct is tagged with its name in snake case under ``command``; the same names serve the wire,
JSON lines, slash commands and the palette. A participant is named by the id that the events gave. A
command that changes nothing is no error.

    base        what all commands have in common
    entering    who one is, and coming into rooms and out of them
    floor       one's own microphone and hand, the way on stage and off it
    talk        reactions and chat
    door        knocking, and answers to who knocks
    moderation  what moderators do with people, and reports
    house       the room itself: settings, invites, log, lists
    communities communities, their people, rules and rooms
    calendar    what is planned
    profile     profiles, and all that the server holds of a person
    claims      what the server checks about a person
    ties        whom one follows, and whom one blocks
    finding     home and search: what goes on
    keys        a person's keys, which sign what changes them
"""

from __future__ import annotations

from . import (
    calendar,
    claims,
    communities,
    door,
    entering,
    finding,
    floor,
    house,
    keys,
    moderation,
    profile,
    talk,
    ties,
)
from .base import *
from .calendar import *
from .claims import *
from .communities import *
from .door import *
from .entering import *
from .finding import *
from .floor import *
from .house import *
from .keys import *
from .moderation import *
from .profile import *
from .talk import *
from .ties import *

RoomCommand = (
    floor.FloorCommand
    | talk.TalkCommand
    | moderation.ModerationCommand
    | house.HouseCommand
    | door.DoorCommand
    | entering.LeaveRoom
)
"""Every command that a person in a room may give."""

OnceOnlyCommand = (
    talk.ReadChat
    | house.ListRoomInvites
    | house.ListPeople
    | house.ListBans
    | house.ListSilenced
    | house.ReadLog
    | floor.Mute
    | floor.Unmute
    | talk.React
    | entering.LeaveRoom
)
"""Every command in a room that nobody gives again by itself: questions, and what is worth nothing
any more a moment later."""

TypedDeskCommand = (
    profile.ProfileCommand
    | communities.CommunityCommand
    | claims.TypedClaimCommand
    | calendar.CalendarCommand
    | ties.TiesCommand
    | finding.FindingCommand
)
"""Every command that people type and that a desk of the server answers, wherever one is."""

DeskCommand = TypedDeskCommand | claims.ClaimCommand | keys.KeyCommand
"""Every command that needs no room, and that a desk of the server answers, wherever one is."""

HomeCommand = (
    entering.EnterRoom
    | entering.WatchRooms
    | entering.EchoVoice
    | finding.WatchHome
    | door.Knock
    | DeskCommand
)
"""Every command that may be given at home."""

ClientMessage = entering.Hello | HomeCommand | RoomCommand
"""Every control message that a client may send."""
