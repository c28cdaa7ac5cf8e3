"""The table of who may give which command, and who outranks whom.

The server decides by this table. Clients derive from it what they offer, so that they offer nothing
that would surely be refused.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from . import commands as c
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

PERMISSIONS: dict[type[c.Command], Rule] = {
    # about oneself
    c.Mute: Rule(ANYBODY),
    c.Unmute: Rule(ANYBODY, needs="stage", note="not while silenced"),
    c.RaiseHand: Rule(LISTENER, note="while the room takes hands"),
    c.LowerHand: Rule(ANYBODY),
    c.AcceptStageInvitation: Rule(ANYBODY),
    c.DeclineStageInvitation: Rule(ANYBODY),
    c.LeaveStage: Rule(ALL_BUT_HOST),
    c.LeaveRoom: Rule(ANYBODY),
    # about what is said
    c.React: Rule(ANYBODY),
    c.Chat: Rule(ANYBODY, note="moderators also while the chat is off, and without slow mode"),
    c.RemoveMessage: Rule(
        ANYBODY, note="one's own; others' by moderators who outrank their author"
    ),
    c.ReadChat: Rule(ANYBODY),
    c.ReadLog: Rule(ANYBODY),
    c.ListPeople: Rule(ANYBODY, note="those who left: moderators"),
    c.Report: Rule(ANYBODY, target="known", note="nobody is told but the server's admins"),
    # about others
    c.AcceptHand: Rule(MODERATORS, target="room"),
    c.DeclineHand: Rule(MODERATORS, target="room"),
    c.LowerAllHands: Rule(MODERATORS),
    c.InviteToStage: Rule(MODERATORS, target="room"),
    c.GiveTime: Rule(MODERATORS, target="stage"),
    c.AskToUnmute: Rule(
        MODERATORS, target="stage", note="a co-host's silence is lifted by the host only"
    ),
    c.MoveToAudience: Rule(
        MODERATORS, target="known", outranks=True, note="of who is away, the role that waits"
    ),
    c.Silence: Rule(MODERATORS, target="stage", outranks=True, note="in every seat of theirs"),
    c.LiftSilence: Rule(MODERATORS, target="silenced", outranks=True),
    c.ListSilenced: Rule(MODERATORS),
    c.Remove: Rule(MODERATORS, target="known", outranks=True, note="from every seat of theirs"),
    c.Ban: Rule(MODERATORS, target="known", outranks=True, note="by key, under any name"),
    c.Unban: Rule(MODERATORS),
    c.ListBans: Rule(MODERATORS),
    c.AnswerKnock: Rule(MODERATORS, note="of who waits at the door"),
    # about the room
    c.Lock: Rule(MODERATORS),
    c.Unlock: Rule(MODERATORS),
    c.ChangeSettings: Rule(MODERATORS),
    c.MakeRoomInvite: Rule(MODERATORS, note="one that makes co-hosts: the host only"),
    c.RevokeRoomInvite: Rule(MODERATORS),
    c.ListRoomInvites: Rule(MODERATORS),
    c.SetPassword: Rule(HOST),
    c.MakeCohost: Rule(HOST, target="room"),
    c.HandOver: Rule(HOST, target="room"),
    c.EndRoom: Rule(HOST),
}

RANKS: dict[Role, int] = {"host": 2, "cohost": 1, "speaker": 0, "listener": 0}


def outranks(actor: Role, other: Role) -> bool:
    """Whether one role outranks another; no role outranks itself."""
    return RANKS[actor] > RANKS[other]
