"""The commands that a client sends to the server.

Each struct is tagged with its name in snake case under ``command``; the same names serve the wire,
JSON lines, slash commands and the palette. A participant is named by the id that the events gave. A
command that changes nothing is no error.

    base        what all commands have in common
    entering    entering and leaving a room
    floor       one's own microphone and hand, the way on stage and off it
    talk        reactions and chat
    moderation  what moderators do with people, and reports
    house       the room itself: settings, invites, log, lists
"""

from __future__ import annotations

from .base import Command, Id, Key, Ref, ShortText
from .entering import Hello, Leave
from .floor import (
    AcceptHand,
    AcceptStageInvitation,
    DeclineHand,
    DeclineStageInvitation,
    GiveTime,
    InviteToStage,
    LeaveStage,
    LowerAllHands,
    LowerHand,
    MoveToAudience,
    Mute,
    RaiseHand,
    Unmute,
)
from .house import (
    ChangeSettings,
    EndRoom,
    InviteRole,
    ListBans,
    ListPeople,
    ListRoomInvites,
    ListSilenced,
    Lock,
    MakeRoomInvite,
    ReadLog,
    RevokeRoomInvite,
    SetPassword,
    Unlock,
)
from .moderation import (
    AskToUnmute,
    Ban,
    HandOver,
    LiftSilence,
    MakeCohost,
    Remove,
    Report,
    ReportReason,
    Silence,
    Unban,
)
from .talk import Chat, React, ReadChat, RemoveMessage

RoomCommand = (
    Mute
    | Unmute
    | RaiseHand
    | LowerHand
    | LowerAllHands
    | AcceptHand
    | DeclineHand
    | InviteToStage
    | AcceptStageInvitation
    | DeclineStageInvitation
    | MoveToAudience
    | LeaveStage
    | GiveTime
    | React
    | Chat
    | RemoveMessage
    | ReadChat
    | Silence
    | LiftSilence
    | AskToUnmute
    | Remove
    | Ban
    | Unban
    | Report
    | MakeCohost
    | HandOver
    | Lock
    | Unlock
    | ChangeSettings
    | SetPassword
    | MakeRoomInvite
    | RevokeRoomInvite
    | ListRoomInvites
    | ListPeople
    | ListBans
    | ListSilenced
    | ReadLog
    | EndRoom
    | Leave
)
"""Every command that a person in a room may give."""

ClientMessage = Hello | RoomCommand
"""Every control message that a client may send."""

__all__ = [
    "AcceptHand",
    "AcceptStageInvitation",
    "AskToUnmute",
    "Ban",
    "ChangeSettings",
    "Chat",
    "ClientMessage",
    "Command",
    "DeclineHand",
    "DeclineStageInvitation",
    "EndRoom",
    "GiveTime",
    "HandOver",
    "Hello",
    "Id",
    "InviteRole",
    "InviteToStage",
    "Key",
    "Leave",
    "LeaveStage",
    "LiftSilence",
    "ListBans",
    "ListPeople",
    "ListRoomInvites",
    "ListSilenced",
    "Lock",
    "LowerAllHands",
    "LowerHand",
    "MakeCohost",
    "MakeRoomInvite",
    "MoveToAudience",
    "Mute",
    "RaiseHand",
    "React",
    "ReadChat",
    "ReadLog",
    "Ref",
    "Remove",
    "RemoveMessage",
    "Report",
    "ReportReason",
    "RevokeRoomInvite",
    "RoomCommand",
    "SetPassword",
    "ShortText",
    "Silence",
    "Unban",
    "Unlock",
    "Unmute",
]
