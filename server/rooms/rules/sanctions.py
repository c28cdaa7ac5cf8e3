"""Rules of moderation: actions about people, each written into the log with its reason."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.moderation_log import Action
from roomcli.protocol.people import BanNotice, Person, Role, SilenceNotice

from . import journal as j
from .judge import absent_silence, not_below, target_of
from .participants import Participant
from .presence import coming_on_stage, departure, silence_ended, turn_end
from .record import LogDraft, reason_of, written
from .state import MAX_BANS, MAX_SILENCES, RoomState


def decide_sanction(
    state: RoomState, me: Participant, command: c.ModerationCommand, now: float
) -> list[j.JournalEvent]:
    """Return the events of a command about a person. Raises CommandRefused."""
    if isinstance(command, c.Unban):
        return _unban(state, me, command.key, now)
    absent = absent_silence(state, command)
    if absent is not None:
        return _lifted(state, me, Person(absent.person, absent.name, key=absent.key), now)
    actor, target = me.person, target_of(state, command)
    id, person = target.id, state.who(target)
    match command:
        case c.Silence():
            return _silence(state, me, person, reason_of(command), now)
        case c.LiftSilence():
            return _lifted(state, me, person, now)
        case c.AskToUnmute():
            return _ask_to_unmute(state, me, target, now)
        case c.Report():
            if target.person == me.person:
                raise CommandRefused("not_allowed", "that is you: nobody reports themselves")
            return []
        case c.Remove():
            if not state.seats_of(person.id):
                return []
            note = reason_of(command)
            line = LogDraft("remove", state.who(me), person, reason=note)
            gone = j.Departed(id=id, at=now, reason="removed", by=actor, note=note)
            return [*written(state, now, line), *_put_out(state, person, gone)]
        case c.Ban():
            return _ban(state, me, target, command, now)
        case c.MakeCohost():
            return [] if target.is_moderator else _promoted(state, me, target, "cohost", now)
        case c.HandOver():
            if id == me.id:
                return []
            # Whoever stands in for an absent host cannot give the room away.
            is_owner = state.who(me).key == state.owner
            named = [j.OwnerNamed(key=person.key)] if is_owner else []
            stepped_back: list[j.JournalEvent] = [e.RoleChanged(id=me.id, role="speaker", by=actor)]
            ends_at = turn_end(state, "speaker", now)
            if ends_at is not None:
                stepped_back.append(e.TurnSet(id=me.id, ends_at=ends_at))
            return [*_promoted(state, me, target, "host", now), *named, *stepped_back]


def _ask_to_unmute(
    state: RoomState, me: Participant, target: Participant, now: float
) -> list[j.JournalEvent]:
    actor, id, person = me.person, target.id, state.who(target)
    if person.key in state.silences:
        # Otherwise a co-host could lift the host's silence of themselves, or of another co-host.
        if not_below(state, me, target) is not None:
            raise CommandRefused("not_allowed", "only the host may lift a co-host's silence")
        return [*_lifted(state, me, person, now), j.Asked(id=id, by=actor)]
    if id == me.id or not target.muted:
        return []
    return [j.Asked(id=id, by=actor)]


def _silence(
    state: RoomState, me: Participant, person: Person, reason: str, now: float
) -> list[j.JournalEvent]:
    if person.key in state.silences:
        return []
    moderator = state.who(me)
    silence = SilenceNotice(
        person=person.id,
        key=person.key,
        name=person.name,
        at=now,
        reason=reason,
        by=moderator.full_name,
    )
    line = LogDraft("silence", moderator, person, reason=reason)
    events: list[j.JournalEvent] = [*written(state, now, line)]
    if len(state.silences) >= MAX_SILENCES:
        here = {state.people[id].key for id in state.seats}
        first = next((key for key in state.silences if key not in here), next(iter(state.silences)))
        events.append(j.SilenceEnded(key=first, by=me.person))
    return [*events, j.SilenceSet(silence=silence, by=me.person)]


def _lifted(state: RoomState, me: Participant, person: Person, now: float) -> list[j.JournalEvent]:
    ended = silence_ended(state, person, by=me.person)
    line = LogDraft("lift_silence", state.who(me), person)
    return [*written(state, now, line), *ended] if ended else []


def _ban(
    state: RoomState, me: Participant, target: Participant, command: c.Ban, now: float
) -> list[j.JournalEvent]:
    person, moderator = state.who(target), state.who(me)
    key = person.key
    if key == state.owner:
        raise CommandRefused("not_allowed", f"{person.full_name} is the host of this room")
    good = [each for each in state.bans.values() if each.holds(now)]
    if len(good) >= MAX_BANS and key not in state.bans:
        raise CommandRefused(
            "too_many_bans", f"{MAX_BANS} keys are banned already: lift some first"
        )
    note = reason_of(command)
    until = None if command.seconds is None else now + command.seconds
    length = "for good" if command.seconds is None else f"for {rounded_up(command.seconds)}"
    ban = BanNotice(
        person=person.id,
        key=key,
        name=person.name,
        at=now,
        until=until,
        reason=note,
        by=moderator.full_name,
    )
    line = LogDraft("ban", moderator, person, detail=length, reason=note)
    told = f"{length}: {note}" if note else length
    gone = j.Departed(id="", at=now, reason="banned", by=me.person, note=told)
    return [*written(state, now, line), j.Banned(ban=ban), *_put_out(state, person, gone)]


def _put_out(state: RoomState, person: Person, gone: j.Departed) -> list[j.JournalEvent]:
    """Return the events that end all of a person's seats, also those that tickets bring back."""
    events: list[j.JournalEvent] = []
    for each in state.here(person.id):
        events += departure(state, replace(gone, id=each.id))
    return [*events, j.SeatsEnded(key=person.key)]


def _unban(state: RoomState, me: Participant, key: str, now: float) -> list[j.JournalEvent]:
    ban = state.bans.get(key)
    if ban is None:
        return []
    line = LogDraft("unban", state.who(me), Person(ban.person, ban.name, key=key))
    return [*written(state, now, line), j.Unbanned(key=key)]


def _promoted(
    state: RoomState, me: Participant, target: Participant, role: Role, now: float
) -> list[j.JournalEvent]:
    if target.role == role:
        return []
    actor, id, person = me.person, target.id, state.who(target)
    action: Action = "make_cohost" if role == "cohost" else "hand_over"
    log = written(state, now, LogDraft(action, state.who(me), person))
    if not target.on_stage:
        return [*log, *coming_on_stage(state, target, role, now, by=actor)]
    events: list[j.JournalEvent] = [*log]
    events += silence_ended(state, person, by=actor)
    if target.turn_ends_at is not None:
        events.append(e.TurnSet(id=id))
    return [*events, e.RoleChanged(id=id, role=role, by=actor)]
