"""Judges commands by the table of permissions (:mod:`roomcli.protocol.permissions`).

A command that is permitted may still come to nothing (the stage is full, no hand is up): that is
for ``decide``. The checks are made in this order, so that nobody learns of others what they may not
know: is the actor here, does the role suffice, is there such a person, does the actor outrank them,
is everybody where the command needs them.
"""

from __future__ import annotations

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.people import MODERATORS, ROLE_WORDS, Role, SilenceNotice
from roomcli.protocol.permissions import (
    ALL_BUT_HOST,
    HOST,
    LISTENER,
    PERMISSIONS,
    Rule,
    outranks,
)

from .participants import Participant
from .state import RoomState

_WHO_MAY: dict[frozenset[Role], str] = {
    MODERATORS: "only the host and co-hosts may do that",
    HOST: "only the host may do that",
    LISTENER: "only listeners raise a hand: you are on stage already",
    ALL_BUT_HOST: "a host stays on stage: hand over first, or end the room",
}
_INSTEAD: dict[type[c.RoomCommand], str] = {
    c.MoveToAudience: "to go back to the audience yourself, use leave_stage",
    c.LiftSilence: "only the host may lift a co-host's silence",
    c.Silence: "to close your own microphone, use mute",
    c.Remove: "to go yourself, use leave",
    c.Ban: "to go yourself, use leave",
}


def judge(state: RoomState, actor: str, command: c.RoomCommand) -> Participant:
    """Return the actor if they may give this command. Raises CommandRefused."""
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
    if rule.target is not None and absent_silence(state, command) is None:
        _judge_target(state, me, command, rule)
    return me


def absent_silence(state: RoomState, command: c.RoomCommand) -> SilenceNotice | None:
    """Return the silence that the command would lift, if nothing else is known of the person."""
    if not isinstance(command, c.LiftSilence) or state.known(command.id):
        return None
    if command.id in state.seats or state.away(command.id):
        return None
    return next((each for each in state.silences.values() if each.person == command.id), None)


def target_of(state: RoomState, command: c.RoomCommand) -> Participant:
    """Return whom the command names, by seat or as a person.

    Raises CommandRefused ``no_such_person``.
    """
    id: str = getattr(command, "id", "")
    rule = PERMISSIONS[type(command)]
    if rule.target in ("known", "silenced"):
        target = state.known(id) or _seat_of(state, id, command)
        target = target or next(iter(state.away(id)), None) or state.writer(id)
    else:
        target = state.participants.get(id) or _seat_of(state, id, command)
    if target is None:
        raise CommandRefused("no_such_person", "that person is not in the room, or has just left")
    return target


def _seat_of(state: RoomState, person: str, command: c.RoomCommand) -> Participant | None:
    """Return that seat of a person in the room which the command is about; None without any."""
    seats = state.here(person)
    if isinstance(command, c.AcceptHand | c.DeclineHand):
        seats.sort(key=lambda each: not state.has_hand(each.id))
    else:
        seats.sort(key=lambda each: each.on_stage is isinstance(command, c.InviteToStage))
    return seats[0] if seats else None


def not_below(state: RoomState, me: Participant, other: Participant) -> Participant | None:
    """Return the other's seat that the actor does not stand above; None if there is none.

    All seats of a person count: otherwise somebody could do to one seat of a co-host what they may
    not do to a co-host.
    """
    seats = [other, *state.seats_of(other.person)]
    return next((each for each in seats if not outranks(me.role, each.role)), None)


def _judge_target(state: RoomState, me: Participant, command: c.RoomCommand, rule: Rule) -> None:
    target = target_of(state, command)
    above = not_below(state, me, target) if rule.outranks else None
    if above is not None:
        if above.person == me.person:
            raise CommandRefused("not_allowed", _INSTEAD[type(command)])
        raise CommandRefused(
            "not_allowed", f"{state.who(above).full_name} is {_title(above)}: {_above(above)}"
        )
    if rule.target == "stage" and not target.on_stage:
        raise CommandRefused("not_on_stage", f"{state.who(target).full_name} is in the audience")


def _title(target: Participant) -> str:
    return f"a {ROLE_WORDS[target.role]}"


def _above(target: Participant) -> str:
    return "nobody may do that" if target.role == "host" else "only the host may do that"
