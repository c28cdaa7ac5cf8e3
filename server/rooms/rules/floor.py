"""Rules of the floor: microphones, hands, the way on stage and off it, turns."""

from __future__ import annotations

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol.commands import (
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
from roomcli.protocol.events import (
    HandLowered,
    HandRaised,
    HandsLowered,
    InvitedToStage,
    Muted,
    StageInvitationSettled,
    TurnSet,
    Unmuted,
)
from roomcli.protocol.text import MAX_HAND_TOPIC, checked

from .journal import JournalEvent, Lowered, SteppedDown
from .judge import target_of
from .participants import Participant
from .presence import coming_on_stage
from .record import LogDraft, written
from .sanctions import reason_of
from .state import RoomState

OwnCommand = (
    Mute
    | Unmute
    | RaiseHand
    | LowerHand
    | AcceptStageInvitation
    | DeclineStageInvitation
    | LeaveStage
)
ModeratorsCommand = (
    AcceptHand | DeclineHand | LowerAllHands | InviteToStage | MoveToAudience | GiveTime
)


def decided(
    state: RoomState, me: Participant, command: OwnCommand | ModeratorsCommand, now: float
) -> list[JournalEvent]:
    """Return the events of a command about the floor. Raises CommandRefused."""
    match command:
        case LowerAllHands():
            if not state.hands:
                return []
            line = LogDraft("lower_all_hands", me.person, detail=f"{len(state.hands)} hands")
            return [*written(state, now, line), HandsLowered(by=me.person.id)]
        case AcceptHand() | DeclineHand() | InviteToStage() | MoveToAudience() | GiveTime():
            return _about_others(state, me, command, now)
        case _:
            return _about_oneself(state, me, command, now)


def _about_oneself(
    state: RoomState, me: Participant, command: OwnCommand, now: float
) -> list[JournalEvent]:
    id = me.person.id
    match command:
        case Mute():
            return [] if me.muted else [Muted(id=id)]
        case Unmute():
            return _unmute(state, me)
        case RaiseHand(topic=topic):
            return _raise_hand(state, me, topic, now)
        case LowerHand():
            return [HandLowered(id=id)] if state.has_hand(id) else []
        case AcceptStageInvitation():
            if id not in state.stage_invitations:
                raise CommandRefused(
                    "no_stage_invitation", "nobody has invited you on stage: raise your hand"
                )
            by = state.stage_invitations[id]
            return coming_on_stage(state, me, "speaker", now, by=by, answer="accepted")
        case DeclineStageInvitation():
            return (
                [StageInvitationSettled(id=id, answer="declined")]
                if id in state.stage_invitations
                else []
            )
        case LeaveStage():
            return [SteppedDown(id=id, at=now)] if me.on_stage else []


def _about_others(
    state: RoomState,
    me: Participant,
    command: AcceptHand | DeclineHand | InviteToStage | MoveToAudience | GiveTime,
    now: float,
) -> list[JournalEvent]:
    actor, target = me.person.id, target_of(state, command)
    id = target.person.id
    match command:
        case AcceptHand():
            if not state.has_hand(id):
                raise CommandRefused(
                    "no_hand", f"{target.person.full_name} has no hand up (any longer)"
                )
            return coming_on_stage(state, target, "speaker", now, by=actor)
        case DeclineHand():
            lowered = HandLowered(id=id, reason="declined", by=actor)
            return [lowered] if state.has_hand(id) else []
        case InviteToStage():
            if target.on_stage or id in state.stage_invitations:
                return []
            return [InvitedToStage(id=id, by=actor)]
        case MoveToAudience():
            key = target.person.key
            if not any(each.on_stage for each in state.seats_of(key)):
                return []
            line = LogDraft("move_to_audience", me.person, target.person, reason=reason_of(command))
            down = [
                SteppedDown(id=each.person.id, at=now, by=actor, reason="moved")
                for each in state.here(key)
                if each.on_stage
            ]
            return [*written(state, now, line), *down, Lowered(key=key)]
        case GiveTime(seconds=seconds):
            if target.turn_ends_at is None:
                return []
            return [TurnSet(id=id, ends_at=max(now, target.turn_ends_at) + seconds)]


def _raise_hand(state: RoomState, me: Participant, topic: str, now: float) -> list[JournalEvent]:
    id = me.person.id
    try:
        topic = checked(topic, MAX_HAND_TOPIC, "topic")
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None
    mine = next((hand for hand in state.hands if hand.person.id == id), None)
    if mine is not None:
        if topic in ("", mine.topic):
            return []
        return [HandRaised(person=me.person, at=mine.at, topic=topic, spoken=mine.spoken)]
    if state.settings.hands == "invited":
        raise CommandRefused(
            "hands_off", "nobody asks to speak here: the hosts invite people on stage"
        )
    if state.settings.hands == "off":
        raise CommandRefused(
            "hands_off", "the queue is closed for now: the hosts take no new hands"
        )
    # Everybody who enters is told the whole queue.
    if len(state.hands) >= state.limits.hands:
        raise CommandRefused(
            "queue_full", f"{len(state.hands)} hands are up already: try again later"
        )
    spoken = state.spoken.get(me.person.key, 0.0)
    return [HandRaised(person=me.person, at=now, topic=topic, spoken=spoken)]


def _unmute(state: RoomState, me: Participant) -> list[JournalEvent]:
    if state.is_silenced(me.person.id):
        raise CommandRefused(
            "silenced", "a moderator has silenced you: wait until they ask you to unmute"
        )
    # A late command of a lost connection must not open the microphone of the next connection.
    if not me.connected or not me.muted:
        return []
    return [Unmuted(id=me.person.id)]
