"""What a command does: the events it makes, or the refusal. The only judge of permission.

Pure: state and time come in as arguments, and nothing is changed. A command that changes nothing
gives no events.
"""

from __future__ import annotations

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
from roomcli.protocol.events import (
    HandLowered,
    HandRaised,
    InvitedToStage,
    InviteSettled,
    Muted,
    RoleChanged,
    RoomEnded,
    RoomLocked,
    RoomUnlocked,
    Silenced,
    SilenceLifted,
    Unmuted,
)
from roomcli.protocol.people import REACTIONS, Role
from roomcli.protocol.text import MAX_REASON, cleaned

from .journal import Asked, Departed, JournalEvent, Reacted, SteppedDown
from .permissions import judge, outranks, target_of
from .presence import coming_on_stage, departure
from .state import Participant, RoomState


def decide(
    state: RoomState, actor: str, command: RoomCommand, now: float, entropy: bytes
) -> list[JournalEvent]:
    """The events that follow from ``command``; raises Refused with a stable code.

    ``list_people`` and ``make_invite`` are only judged here, and answered by the server.
    No rule needs ``entropy`` yet; it is where chance would come in.
    """
    me = judge(state, actor, command)
    match command:
        case AcceptHand() | DeclineHand() | InviteToStage() | MoveToAudience():
            return _about_stage(state, me, command, now)
        case Silence() | AskToUnmute() | Remove() | MakeCohost() | HandOver():
            return _about_person(state, me, command, now)
        case Lock():
            return [] if state.locked else [RoomLocked(by=actor)]
        case Unlock():
            return [RoomUnlocked(by=actor)] if state.locked else []
        case EndRoom():
            return [RoomEnded(reason="ended", by=actor)]
        case ListPeople() | MakeInvite():
            return []
        case _:
            return _about_oneself(state, me, command, now)


def _about_oneself(
    state: RoomState, me: Participant, command: RoomCommand, now: float
) -> list[JournalEvent]:
    id = me.person.id
    match command:
        case Mute():
            return [] if me.muted else [Muted(id=id)]
        case Unmute():
            return _unmute(me)
        case RaiseHand():
            return _raise_hand(state, me, now)
        case LowerHand():
            return [HandLowered(id=id)] if state.has_hand(id) else []
        case AcceptInvite():
            if id not in state.invites:
                raise Refused("no_invite", "nobody has invited you on stage: raise your hand")
            by = state.invites[id]
            return coming_on_stage(state, me, "speaker", now, by=by, answer="accepted")
        case DeclineInvite():
            return [InviteSettled(id=id, answer="declined")] if id in state.invites else []
        case LeaveStage():
            return [SteppedDown(id=id, at=now)] if me.on_stage else []
        case React(reaction=reaction):
            if reaction not in REACTIONS:
                raise Refused("bad_reaction", f"reactions are {' '.join(REACTIONS)}")
            return [Reacted(id=id, reaction=reaction)]
        case Leave():
            return departure(state, Departed(id=id, at=now))
        case _:
            raise AssertionError(f"no rule for {type(command).__name__}")


def _about_stage(
    state: RoomState,
    me: Participant,
    command: AcceptHand | DeclineHand | InviteToStage | MoveToAudience,
    now: float,
) -> list[JournalEvent]:
    actor, target = me.person.id, target_of(state, command)
    id = target.person.id
    match command:
        case AcceptHand():
            if not state.has_hand(id):
                raise Refused("no_hand", f"{target.person.name} has no hand up (any longer)")
            return coming_on_stage(state, target, "speaker", now, by=actor)
        case DeclineHand():
            lowered = HandLowered(id=id, reason="declined", by=actor)
            return [lowered] if state.has_hand(id) else []
        case InviteToStage():
            if target.on_stage or id in state.invites:
                return []
            return [InvitedToStage(id=id, by=actor)]
        case MoveToAudience():
            return [SteppedDown(id=id, at=now, by=actor)] if target.on_stage else []


def _about_person(
    state: RoomState,
    me: Participant,
    command: Silence | AskToUnmute | Remove | MakeCohost | HandOver,
    now: float,
) -> list[JournalEvent]:
    actor, target = me.person.id, target_of(state, command)
    id = target.person.id
    match command:
        case Silence():
            return [] if target.silenced else [Silenced(id=id, by=actor)]
        case AskToUnmute():
            return _ask_to_unmute(me, target)
        case Remove(reason=reason):
            note = cleaned(reason, MAX_REASON)
            gone = Departed(id=id, at=now, reason="removed", by=actor, note=note)
            return departure(state, gone)
        case MakeCohost():
            return [] if target.is_moderator else _promoted(state, me, target, "cohost", now)
        case HandOver():
            if id == actor:
                return []
            promoted = _promoted(state, me, target, "host", now) if target.role != "host" else []
            return [*promoted, RoleChanged(id=actor, role="speaker", by=actor)]


def _raise_hand(state: RoomState, me: Participant, now: float) -> list[JournalEvent]:
    if state.has_hand(me.person.id):
        return []
    # Everybody who enters is told the whole queue.
    if len(state.hands) >= state.limits.hands:
        raise Refused("queue_full", f"{len(state.hands)} hands are up already: try again later")
    return [HandRaised(person=me.person, at=now)]


def _unmute(me: Participant) -> list[JournalEvent]:
    if me.silenced:
        raise Refused("silenced", "a moderator has silenced you: wait until they ask you to unmute")
    # A last word of a connection that is gone must not open the microphone of the next.
    if not me.connected or not me.muted:
        return []
    return [Unmuted(id=me.person.id)]


def _ask_to_unmute(me: Participant, target: Participant) -> list[JournalEvent]:
    actor, id = me.person.id, target.person.id
    if target.silenced:
        # Else a co-host could lift what the host put on them, or on their friend.
        if not outranks(me, target):
            raise Refused("not_allowed", "only the host may lift a co-host's silence")
        return [SilenceLifted(id=id, by=actor), Asked(id=id, by=actor)]
    if id == actor or not target.muted:
        return []
    return [Asked(id=id, by=actor)]


def _promoted(
    state: RoomState, me: Participant, target: Participant, role: Role, now: float
) -> list[JournalEvent]:
    actor, id = me.person.id, target.person.id
    if not target.on_stage:
        return coming_on_stage(state, target, role, now, by=actor)
    lifted: list[JournalEvent] = [SilenceLifted(id=id, by=actor)] if target.silenced else []
    return [*lifted, RoleChanged(id=id, role=role, by=actor)]
