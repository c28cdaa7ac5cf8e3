"""The table of who may give which command, and who outranks whom.

The server decides by this table. Clients derive from it what they offer, so that they offer nothing
that would surely be refused.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .commands import (
    AcceptHand,
    AcceptStageInvitation,
    AskToUnmute,
    Ban,
    ChangeSettings,
    Chat,
    DeclineHand,
    DeclineStageInvitation,
    EndRoom,
    GiveTime,
    HandOver,
    InviteToStage,
    Leave,
    LeaveStage,
    LiftSilence,
    ListBans,
    ListPeople,
    ListRoomInvites,
    ListSilenced,
    Lock,
    LowerAllHands,
    LowerHand,
    MakeCohost,
    MakeRoomInvite,
    MoveToAudience,
    Mute,
    RaiseHand,
    React,
    ReadChat,
    ReadLog,
    Remove,
    RemoveMessage,
    Report,
    RevokeRoomInvite,
    RoomCommand,
    SetPassword,
    Silence,
    Unban,
    Unlock,
    Unmute,
)
from .people import MODERATORS, Role

Place = Literal["room", "stage", "known", "silenced"]


class Rule(Struct, frozen=True):
    """A rule on who may give a command. ``needs`` is where the actor has to be.

    ``target`` is where the person that the command names has to be, if it names one. "known"
    includes people who left lately, "silenced" also silenced people of whom no more is known. With
    ``outranks``, the actor must outrank all seats of that person: hosts outrank co-hosts, co-hosts
    everybody else. ``note`` is what else a host should know of the rule.
    """

    who: frozenset[Role]
    needs: Place = "room"
    target: Place | None = None
    outranks: bool = False
    note: str = ""


ANYBODY: frozenset[Role] = frozenset({"host", "cohost", "speaker", "listener"})
LISTENER: frozenset[Role] = frozenset({"listener"})
HOST: frozenset[Role] = frozenset({"host"})
# A host cannot just go to the audience: they hand over, leave, or end the room.
ALL_BUT_HOST = ANYBODY - HOST

PERMISSIONS: dict[type[RoomCommand], Rule] = {
    # about oneself
    Mute: Rule(ANYBODY),
    Unmute: Rule(ANYBODY, needs="stage", note="not while silenced"),
    RaiseHand: Rule(LISTENER, note="while the room takes hands"),
    LowerHand: Rule(ANYBODY),
    AcceptStageInvitation: Rule(ANYBODY),
    DeclineStageInvitation: Rule(ANYBODY),
    LeaveStage: Rule(ALL_BUT_HOST),
    Leave: Rule(ANYBODY),
    # about what is said
    React: Rule(ANYBODY),
    Chat: Rule(ANYBODY, note="moderators also while the chat is off, and without slow mode"),
    RemoveMessage: Rule(ANYBODY, note="one's own; others' by moderators who outrank their author"),
    ReadChat: Rule(ANYBODY),
    ReadLog: Rule(ANYBODY),
    ListPeople: Rule(ANYBODY, note="those who left: moderators"),
    Report: Rule(ANYBODY, target="known", note="nobody is told but the server's admins"),
    # about others
    AcceptHand: Rule(MODERATORS, target="room"),
    DeclineHand: Rule(MODERATORS, target="room"),
    LowerAllHands: Rule(MODERATORS),
    InviteToStage: Rule(MODERATORS, target="room"),
    GiveTime: Rule(MODERATORS, target="stage"),
    AskToUnmute: Rule(
        MODERATORS, target="stage", note="a co-host's silence is lifted by the host only"
    ),
    MoveToAudience: Rule(
        MODERATORS, target="known", outranks=True, note="of who is away, the role that waits"
    ),
    Silence: Rule(MODERATORS, target="stage", outranks=True, note="in every seat of theirs"),
    LiftSilence: Rule(MODERATORS, target="silenced", outranks=True),
    ListSilenced: Rule(MODERATORS),
    Remove: Rule(MODERATORS, target="known", outranks=True, note="from every seat of theirs"),
    Ban: Rule(MODERATORS, target="known", outranks=True, note="by key, under any name"),
    Unban: Rule(MODERATORS),
    ListBans: Rule(MODERATORS),
    # about the room
    Lock: Rule(MODERATORS),
    Unlock: Rule(MODERATORS),
    ChangeSettings: Rule(MODERATORS),
    MakeRoomInvite: Rule(MODERATORS, note="one that makes co-hosts: the host only"),
    RevokeRoomInvite: Rule(MODERATORS),
    ListRoomInvites: Rule(MODERATORS),
    SetPassword: Rule(HOST),
    MakeCohost: Rule(HOST, target="room"),
    HandOver: Rule(HOST, target="room"),
    EndRoom: Rule(HOST),
}

_RANK: dict[Role, int] = {"host": 2, "cohost": 1, "speaker": 0, "listener": 0}


def outranks(actor: Role, other: Role) -> bool:
    """Whether one role outranks another; no role outranks itself."""
    return _RANK[actor] > _RANK[other]
