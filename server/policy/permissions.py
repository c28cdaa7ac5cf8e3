"""Who may do what: one table, and the judge that reads it.

A command that is permitted may still come to nothing (the stage is full, no hand is up): that is
for ``decide``. Judged in this order, so that nobody learns of others what is not theirs to know:
is the actor here, does the role suffice, is there such a person, does the actor outrank them, is
everybody where the command needs them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.errors import Refused
from roomcli.protocol.commands import (
    AcceptHand,
    AcceptInvite,
    AskToUnmute,
    DeclineHand,
    DeclineInvite,
    EndRoom,
    HandOver,
    InviteToStage,
    Leave,
    LeaveStage,
    ListPeople,
    Lock,
    LowerHand,
    MakeCohost,
    MakeInvite,
    MoveToAudience,
    Mute,
    RaiseHand,
    React,
    Remove,
    RoomCommand,
    Silence,
    Unlock,
    Unmute,
)
from roomcli.protocol.people import MODERATORS, Role

from .state import Participant, RoomState

Place = Literal["room", "stage"]


class Rule(Struct, frozen=True):
    """Who may give a command. ``needs`` is where the actor has to be.

    ``target`` is where the person it names has to be, if it names one; with ``outranks`` the actor
    must stand above them: hosts above co-hosts, co-hosts above everybody else.
    """

    who: frozenset[Role]
    needs: Place = "room"
    target: Place | None = None
    outranks: bool = False


_ANYBODY: frozenset[Role] = frozenset({"host", "cohost", "speaker", "listener"})
_LISTENER: frozenset[Role] = frozenset({"listener"})
_HOST: frozenset[Role] = frozenset({"host"})
# Whoever leads cannot slip away unnoticed: a host hands over, leaves, or ends the room.
_NOT_HOST = _ANYBODY - _HOST

PERMISSIONS: dict[type[RoomCommand], Rule] = {
    # about oneself
    Mute: Rule(_ANYBODY),
    Unmute: Rule(_ANYBODY, needs="stage"),
    RaiseHand: Rule(_LISTENER),
    LowerHand: Rule(_ANYBODY),
    AcceptInvite: Rule(_ANYBODY),
    DeclineInvite: Rule(_ANYBODY),
    LeaveStage: Rule(_NOT_HOST),
    React: Rule(_ANYBODY),
    ListPeople: Rule(_ANYBODY),
    Leave: Rule(_ANYBODY),
    # about others
    AcceptHand: Rule(MODERATORS, target="room"),
    DeclineHand: Rule(MODERATORS, target="room"),
    InviteToStage: Rule(MODERATORS, target="room"),
    AskToUnmute: Rule(MODERATORS, target="stage"),  # lifting a silence: see decide
    MoveToAudience: Rule(MODERATORS, target="room", outranks=True),
    Silence: Rule(MODERATORS, target="stage", outranks=True),
    Remove: Rule(MODERATORS, target="room", outranks=True),
    # about the room
    Lock: Rule(MODERATORS),
    Unlock: Rule(MODERATORS),
    MakeInvite: Rule(MODERATORS),
    MakeCohost: Rule(_HOST, target="room"),
    HandOver: Rule(_HOST, target="room"),
    EndRoom: Rule(_HOST),
}

_RANK: dict[Role, int] = {"host": 2, "cohost": 1, "speaker": 0, "listener": 0}
_WHO_MAY: dict[frozenset[Role], str] = {
    MODERATORS: "only the host and co-hosts may do that",
    _HOST: "only the host may do that",
    _LISTENER: "only listeners raise a hand: you are on stage already",
    _NOT_HOST: "a host stays on stage: hand over first, or end the room",
}
_INSTEAD: dict[type[RoomCommand], str] = {
    MoveToAudience: "to go back to the audience yourself, use leave_stage",
    Silence: "to close your own microphone, use mute",
    Remove: "to go yourself, use leave",
}


def judge(state: RoomState, actor: str, command: RoomCommand) -> Participant:
    """The actor, if they may give this command; raises Refused."""
    rule = PERMISSIONS[type(command)]
    if state.ended:
        raise Refused("ended", "the room is closed")
    me = state.participants.get(actor)
    if me is None:
        raise Refused("no_such_person", "you are not in this room")
    if me.role not in rule.who:
        raise Refused("not_allowed", _WHO_MAY[rule.who])
    if rule.needs == "stage" and not me.on_stage:
        raise Refused("not_on_stage", "you are in the audience: raise your hand to speak")
    if rule.target is not None:
        _judge_target(state, me, command, rule)
    return me


def target_of(state: RoomState, command: RoomCommand) -> Participant:
    """The person whom the command names; raises Refused ``no_such_person``."""
    id: str = getattr(command, "id", "")
    target = state.participants.get(id)
    if target is None:
        raise Refused("no_such_person", "that person is not in the room, or has just left")
    return target


def outranks(actor: Participant, other: Participant) -> bool:
    """Whether the actor stands above the other; nobody stands above themselves."""
    return _RANK[actor.role] > _RANK[other.role]


def _judge_target(state: RoomState, me: Participant, command: RoomCommand, rule: Rule) -> None:
    target = target_of(state, command)
    name = target.person.name
    if rule.outranks and not outranks(me, target):
        if target.person.id == me.person.id:
            raise Refused("not_allowed", _INSTEAD[type(command)])
        raise Refused("not_allowed", f"{name} is {_title(target)}: {_above(target)}")
    if rule.target == "stage" and not target.on_stage:
        raise Refused("not_on_stage", f"{name} is in the audience")


def _title(target: Participant) -> str:
    return "a host" if target.role == "host" else "a co-host"


def _above(target: Participant) -> str:
    return "nobody may do that" if target.role == "host" else "only the host may do that"
