"""Rules of the floor: microphones, hands, the way on stage and off it, turns."""

from __future__ import annotations

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.text import MAX_HAND_TOPIC, checked

from ...people.blocks import Blocks
from . import journal as j
from .entrance import judge_guest
from .judge import target_of
from .participants import Participant
from .presence import coming_on_stage
from .record import LogDraft, reason_of, written
from .state import MAX_STAGE_INVITATIONS, RoomState

OwnCommand = (
    c.Mute
    | c.Unmute
    | c.RaiseHand
    | c.LowerHand
    | c.AcceptStageInvitation
    | c.DeclineStageInvitation
    | c.LeaveStage
)


def decide_floor(
    state: RoomState, me: Participant, command: c.FloorCommand, now: float, blocks: Blocks
) -> list[j.JournalEvent]:
    """Return the events of a command about the floor. Raises CommandRefused."""
    match command:
        case c.LowerAllHands():
            if not state.hands:
                return []
            line = LogDraft("lower_all_hands", state.who(me), detail=f"{len(state.hands)} hands")
            return [*written(state, now, line), e.HandsLowered(by=me.person)]
        case (
            c.AcceptHand() | c.DeclineHand() | c.InviteToStage() | c.MoveToAudience() | c.GiveTime()
        ):
            return _about_others(state, me, command, now, blocks)
        case _:
            return _about_oneself(state, me, command, now)


def _about_oneself(
    state: RoomState, me: Participant, command: OwnCommand, now: float
) -> list[j.JournalEvent]:
    id = me.id
    match command:
        case c.Mute():
            return [] if me.muted else [e.Muted(id=id)]
        case c.Unmute():
            return _unmute(state, me)
        case c.RaiseHand(topic=topic):
            return _raise_hand(state, me, topic, now)
        case c.LowerHand():
            return [e.HandLowered(id=id)] if state.has_hand(id) else []
        case c.AcceptStageInvitation():
            invitation = state.invitation_of(id)
            if invitation is None:
                raise CommandRefused(
                    "no_stage_invitation", "nobody has invited you on stage: raise your hand"
                )
            judge_guest(state, me, me)
            by = invitation.by
            return coming_on_stage(state, me, "speaker", now, by=by, answer="accepted")
        case c.DeclineStageInvitation():
            return (
                [e.StageInvitationSettled(id=id, answer="declined")]
                if state.invitation_of(id) is not None
                else []
            )
        case c.LeaveStage():
            return [j.SteppedDown(id=id, at=now)] if me.on_stage else []


def _about_others(
    state: RoomState,
    me: Participant,
    command: c.AcceptHand | c.DeclineHand | c.InviteToStage | c.MoveToAudience | c.GiveTime,
    now: float,
    blocks: Blocks,
) -> list[j.JournalEvent]:
    actor, target = me.person, target_of(state, command)
    id = target.id
    match command:
        case c.AcceptHand():
            if not state.has_hand(id):
                raise CommandRefused(
                    "no_hand", f"{state.who(target).full_name} has no hand up (any longer)"
                )
            judge_guest(state, me, target)
            return coming_on_stage(state, target, "speaker", now, by=actor)
        case c.DeclineHand():
            lowered = e.HandLowered(id=id, reason="declined", by=actor)
            return [lowered] if state.has_hand(id) else []
        case c.InviteToStage():
            in_vain = blocks(target.person, actor)
            if id in state.stage_invitations and (in_vain or state.invitation_of(id) is not None):
                return []
            if target.on_stage:
                return []
            judge_guest(state, me, target)
            if (
                id not in state.stage_invitations
                and len(state.stage_invitations) >= MAX_STAGE_INVITATIONS
            ):
                raise CommandRefused(
                    "too_many_invitations",
                    f"{MAX_STAGE_INVITATIONS} stage invitations are open: wait for some answers",
                )
            if in_vain:
                return [j.InvitedInVain(id=id, person=target.person, by=actor)]
            return [e.InvitedToStage(id=id, person=target.person, by=actor)]
        case c.MoveToAudience():
            if not any(each.on_stage for each in state.seats_of(target.person)):
                return []
            person, reason = state.who(target), reason_of(command)
            line = LogDraft("move_to_audience", state.who(me), person, reason=reason)
            down = [
                j.SteppedDown(id=each.id, at=now, by=actor, reason="moved")
                for each in state.here(person.id)
                if each.on_stage
            ]
            return [*written(state, now, line), *down, j.Lowered(key=person.key)]
        case c.GiveTime(seconds=seconds):
            if target.turn_ends_at is None:
                return []
            return [e.TurnSet(id=id, ends_at=max(now, target.turn_ends_at) + seconds)]


def _raise_hand(state: RoomState, me: Participant, topic: str, now: float) -> list[j.JournalEvent]:
    id = me.id
    judge_guest(state, me, me)
    try:
        topic = checked(topic, MAX_HAND_TOPIC, "topic")
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None
    mine = next((hand for hand in state.hands if hand.id == id), None)
    if mine is not None:
        if topic in ("", mine.topic):
            return []
        return [e.HandRaised(id=id, person=me.person, at=mine.at, topic=topic, spoken=mine.spoken)]
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
    spoken = state.spoken.get(me.person, 0.0)
    return [e.HandRaised(id=id, person=me.person, at=now, topic=topic, spoken=spoken)]


def _unmute(state: RoomState, me: Participant) -> list[j.JournalEvent]:
    if state.is_silenced(me.id):
        raise CommandRefused(
            "silenced", "a moderator has silenced you: wait until they ask you to unmute"
        )
    # A late command of a lost connection must not open the microphone of the next connection.
    if not me.connected or not me.muted:
        return []
    return [e.Unmuted(id=me.id)]
