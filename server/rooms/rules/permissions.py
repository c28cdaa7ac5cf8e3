"""Who may do what: one table, and the judge that reads it.

A command that is permitted may still come to nothing (the stage is full, no hand is up): that is
for ``decide``. Judged in this order, so that nobody learns of others what is not theirs to know:
is the actor here, does the role suffice, is there such a person, does the actor outrank them, is
everybody where the command needs them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import (
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
from roomcli.protocol.people import MODERATORS, Person, Role

from .participants import Participant
from .state import RoomState

Place = Literal["room", "stage", "known", "silenced"]


class Rule(Struct, frozen=True):
    """Who may give a command. ``needs`` is where the actor has to be.

    ``target`` is where the person it names has to be, if it names one ("known" takes those who left
    lately too, "silenced" those as well of whom no more is known); with ``outranks`` the actor must
    stand above them in all their seats: hosts above co-hosts, co-hosts above everybody else.
    ``note`` is what else a host should know of it.
    """

    who: frozenset[Role]
    needs: Place = "room"
    target: Place | None = None
    outranks: bool = False
    note: str = ""


_ANYBODY: frozenset[Role] = frozenset({"host", "cohost", "speaker", "listener"})
_LISTENER: frozenset[Role] = frozenset({"listener"})
_HOST: frozenset[Role] = frozenset({"host"})
# Whoever leads cannot slip away unnoticed: a host hands over, leaves, or ends the room.
_NOT_HOST = _ANYBODY - _HOST

PERMISSIONS: dict[type[RoomCommand], Rule] = {
    # about oneself
    Mute: Rule(_ANYBODY),
    Unmute: Rule(_ANYBODY, needs="stage", note="not while silenced"),
    RaiseHand: Rule(_LISTENER, note="while the room takes hands"),
    LowerHand: Rule(_ANYBODY),
    AcceptStageInvitation: Rule(_ANYBODY),
    DeclineStageInvitation: Rule(_ANYBODY),
    LeaveStage: Rule(_NOT_HOST),
    Leave: Rule(_ANYBODY),
    # about what is said
    React: Rule(_ANYBODY),
    Chat: Rule(_ANYBODY, note="moderators also while the chat is off, and without slow mode"),
    RemoveMessage: Rule(_ANYBODY, note="one's own; others' by moderators who outrank their author"),
    ReadChat: Rule(_ANYBODY),
    ReadLog: Rule(_ANYBODY),
    ListPeople: Rule(_ANYBODY, note="those who left: moderators"),
    Report: Rule(_ANYBODY, target="known", note="nobody is told but the server's admins"),
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
    SetPassword: Rule(_HOST),
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
    LiftSilence: "only the host may lift a co-host's silence",
    Silence: "to close your own microphone, use mute",
    Remove: "to go yourself, use leave",
    Ban: "to go yourself, use leave",
}


def judge(state: RoomState, actor: str, command: RoomCommand) -> Participant:
    """The actor, if they may give this command; raises Refused."""
    rule = PERMISSIONS[type(command)]
    if state.ended:
        raise CommandRefused("ended", "the room is closed")
    me = state.participants.get(actor)
    if me is None:
        raise CommandRefused("no_such_person", "you are not in this room")
    if me.role not in rule.who:
        raise CommandRefused("not_allowed", _WHO_MAY[rule.who])
    if rule.needs == "stage" and not me.on_stage:
        raise CommandRefused("not_on_stage", "you are in the audience: raise your hand to speak")
    if rule.target is not None:
        _judge_target(state, me, command, rule)
    return me


def target_of(state: RoomState, command: RoomCommand) -> Participant:
    """The person whom the command names; raises Refused ``no_such_person``."""
    id: str = getattr(command, "id", "")
    match PERMISSIONS[type(command)].target:
        case "known":
            target = state.known(id)
        case "silenced":
            target = state.known(id) or _silenced(state, id)
        case _:
            target = state.participants.get(id)
    if target is None:
        raise CommandRefused("no_such_person", "that person is not in the room, or has just left")
    return target


def _silenced(state: RoomState, id: str) -> Participant | None:
    """Somebody of whom no more is known than that they were silenced."""
    for each in state.silences.values():
        if each.id == id:
            return Participant(person=Person(id, each.name, key=each.key), joined_at=each.at)
    return None


def outranks(actor: Participant, other: Participant) -> bool:
    """Whether the actor stands above the other; nobody stands above themselves."""
    return _RANK[actor.role] > _RANK[other.role]


def not_below(state: RoomState, me: Participant, other: Participant) -> Participant | None:
    """The other in the seat that the actor does not stand above; None if there is none.

    A person is somebody in all their seats, or what is done to one of them would be done to a
    co-host by who may not.
    """
    seats = [other, *state.seats_of(other.person.key)]
    return next((each for each in seats if not outranks(me, each)), None)


def _judge_target(state: RoomState, me: Participant, command: RoomCommand, rule: Rule) -> None:
    target = target_of(state, command)
    above = not_below(state, me, target) if rule.outranks else None
    if above is not None:
        if above.person.key == me.person.key:
            raise CommandRefused("not_allowed", _INSTEAD[type(command)])
        raise CommandRefused(
            "not_allowed", f"{above.person.full_name} is {_title(above)}: {_above(above)}"
        )
    if rule.target == "stage" and not target.on_stage:
        raise CommandRefused("not_on_stage", f"{target.person.full_name} is in the audience")


def _title(target: Participant) -> str:
    return "a host" if target.role == "host" else "a co-host"


def _above(target: Participant) -> str:
    return "nobody may do that" if target.role == "host" else "only the host may do that"
