"""Decides what a command does to a calendar event: its entries, or the refusal."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol import commands as c

from . import journal as j
from .evolve import evolve
from .occurrences import Occurrence, has_day, last_end, occurrence_on
from .plans import (
    Surroundings,
    check_notice,
    check_texts,
    judge_asking,
    judge_numbers,
    judge_plan,
    judge_start,
    settle_times,
)
from .refusals import refusal
from .state import (
    KEEP_ENDED,
    MAX_ANSWERS,
    MAX_EXCEPTIONS,
    MAX_OWN_DAYS,
    ONCE,
    CalendarEvent,
    OccurrenceChange,
    Plan,
)
from .times import format_local, local_time
from .visibility import may_change, may_know

ChangingCommand = c.PlanEvent | c.ChangeEvent | c.MoveOccurrence | c.CancelEvent | c.AnswerEvent
"""The commands that change a calendar event."""
ID_BYTES = 8


def decide(
    event: CalendarEvent | None,
    asker: str,
    command: ChangingCommand,
    now: float,
    entropy: bytes,
    around: Surroundings,
) -> list[j.CalendarJournal]:
    """Return what follows from a command to a calendar event; None is one that is not there.

    ``entropy`` (8 bytes) is the id of a new one. Raises CommandRefused with a code of
    :mod:`.refusals`, or ``bad_text``.
    """
    if isinstance(command, c.PlanEvent):
        return [_planned(asker, command, now, entropy, around)]
    if event is None or not may_know(event, asker, around.communities):
        raise refusal("no_such_event")
    if event.cancelled:
        raise refusal("event_cancelled")
    if last_end(event) <= now:
        raise refusal("event_over")
    if isinstance(command, c.AnswerEvent):
        return _answered(event, asker, command, now)
    if not may_change(event, asker, around.communities):
        raise refusal("not_organiser")
    if command.version != event.version:
        raise _changed_meanwhile(event, command.version)
    match command:
        case c.ChangeEvent():
            return _changed(event, asker, command, now, around)
        case c.MoveOccurrence():
            return _moved(event, asker, command, now)
        case c.CancelEvent():
            return _cancelled(event, asker, command, now)


def _planned(
    asker: str, command: c.PlanEvent, now: float, entropy: bytes, around: Surroundings
) -> j.EventPlanned:
    if len(entropy) != ID_BYTES:
        raise ValueError("an id has 8 bytes")
    title, agenda = check_texts(command.title, command.agenda)
    plan = Plan(
        title=title,
        agenda=agenda,
        start=command.start,
        zone=command.zone,
        minutes=command.minutes,
        recurrence=command.recurrence,
        room=command.room,
        capacity=command.capacity,
        visibility=command.visibility,
        community=command.community,
        organisers=_distinct((asker, *command.organisers)),
        speakers=_distinct(command.speakers),
        invited=_distinct(command.invited),
    )
    judge_plan(plan, None, asker, around)
    judge_numbers(plan, around)
    judge_asking({*plan.organisers, *plan.speakers, *plan.invited} - {asker}, asker, around)
    plan = settle_times(plan, now, is_new=True)
    return j.EventPlanned(
        id=entropy.hex(),
        by=asker,
        at=now,
        plan=plan,
        opens_room=around.has_host_token,
        in_vain=_who_blocks(asker, plan, frozenset(), around),
        origin=around.origin,
    )


def _who_blocks(
    asker: str, plan: Plan, known: frozenset[str], around: Surroundings
) -> tuple[str, ...]:
    """Return those whom the asker names for the first time, and who block the asker."""
    named = {*plan.organisers, *plan.speakers, *plan.invited}
    return tuple(sorted(each for each in named - known if around.blocks(each, asker)))


def _changed(
    event: CalendarEvent,
    asker: str,
    command: c.ChangeEvent,
    now: float,
    around: Surroundings,
) -> list[j.CalendarJournal]:
    before = event.plan
    plan = _merged(before, command)
    if before.organisers and plan.organisers[:1] != before.organisers[:1]:
        raise refusal("not_planner")
    judge_plan(plan, before, asker, around)
    named = {*plan.organisers, *plan.speakers, *plan.invited}
    judge_asking(named - event.named, event.planner, around)
    timed = [
        name
        for name in ("start", "zone", "recurrence")
        if getattr(plan, name) != getattr(before, name)
    ]
    if timed:
        plan = settle_times(plan, now, is_new="start" in timed)
    fields = tuple(
        name for name in Plan.__struct_fields__ if getattr(plan, name) != getattr(before, name)
    )
    if not fields:
        return []
    days = [*event.exceptions, *(day for day in event.answers if day != ONCE)]
    entry = j.PlanChanged(
        id=event.id,
        by=asker,
        at=now,
        plan=plan,
        fields=fields,
        notice=check_notice(command.notice),
        opens_room=around.has_host_token,
        in_vain=_who_blocks(asker, plan, event.named, around),
        dropped=_distinct(tuple(day for day in days if not has_day(plan, day))),
    )
    after = evolve(event, entry)
    if last_end(after) <= now:
        raise refusal("no_occurrence")
    people = {person for answers in after.answers.values() for person in answers}
    people |= event.named - event.in_vain
    hidden = sorted(each for each in people if not may_know(after, each, around.communities))
    return [replace(entry, hidden_from=tuple(hidden))]


def _merged(before: Plan, command: c.ChangeEvent) -> Plan:
    """Return the plan with all that a command changes, its texts as they may be shown."""
    title, agenda = check_texts(
        before.title if command.title is None else command.title,
        before.agenda if command.agenda is None else command.agenda,
    )
    names = ("start", "zone", "minutes", "recurrence", "room", "capacity", "visibility")
    changes = {name: getattr(command, name) for name in names}
    people = {name: getattr(command, name) for name in ("organisers", "speakers", "invited")}
    changes |= {name: _distinct(who) for name, who in people.items() if who is not None}
    plan = replace(
        before,
        title=title,
        agenda=agenda,
        **{name: value for name, value in changes.items() if value is not None},
    )
    plan = replace(plan, capacity=plan.capacity or None)
    return replace(plan, recurrence=None) if command.once else plan


def _moved(
    event: CalendarEvent, asker: str, command: c.MoveOccurrence, now: float
) -> list[j.CalendarJournal]:
    _coming(event, command.day, now)
    judge_start(command.start, event.plan.zone, now)
    change = OccurrenceChange(moved_to=command.start, notice=check_notice(command.notice))
    return _excepted(event, asker, command.day, change, now)


def _cancelled(
    event: CalendarEvent, asker: str, command: c.CancelEvent, now: float
) -> list[j.CalendarJournal]:
    notice = check_notice(command.notice)
    if command.day is None:
        return [j.EventCancelled(id=event.id, by=asker, at=now, notice=notice)]
    occurrence = _coming(event, command.day, now)
    moved_to = format_local(occurrence.local) if occurrence.moved else ""
    change = OccurrenceChange(cancelled=True, moved_to=moved_to, notice=notice)
    return _excepted(event, asker, command.day, change, now)


def _excepted(
    event: CalendarEvent, asker: str, day: str, change: OccurrenceChange, now: float
) -> list[j.CalendarJournal]:
    if event.exceptions.get(day) == change:
        return []
    if len(event.exceptions) >= MAX_EXCEPTIONS and day not in event.exceptions:
        raise refusal("too_many_changes")
    return [j.OccurrenceChanged(id=event.id, by=asker, at=now, day=day, change=change)]


def _coming(event: CalendarEvent, day: str | None, now: float) -> Occurrence:
    """Return the time of a series that is named by ``day``, if it is not over."""
    occurrence = occurrence_on(event, day) if day else None
    if occurrence is None:
        raise refusal("no_such_day")
    if occurrence.ends_at <= now:
        raise refusal("event_over")
    return occurrence


def _answered(
    event: CalendarEvent, asker: str, command: c.AnswerEvent, now: float
) -> list[j.CalendarJournal]:
    if command.day is not None and _coming(event, command.day, now).cancelled:
        raise refusal("event_cancelled")
    day = command.day or ONCE
    entries = _of_part(event, asker, command, now)
    before = event.answer_of(asker, day)
    behind, others = _own_days(event, asker, command, now)
    is_same = before is not None and before.reply == command.answer
    if is_same and not (behind and day == ONCE) and not others:
        return entries
    is_new = asker not in event.answers.get(day, {})
    if is_new and sum(map(len, event.answers.values())) >= MAX_ANSWERS and not event.asks(asker):
        raise refusal("event_full")
    if is_new and day and len(event.days_of(asker)) - len(behind) >= MAX_OWN_DAYS:
        text = "you have answered as many single days as are kept: answer all of it"
        raise refusal("event_full", text)
    # Who comes to all of it already, and now to the days too that they gave up, waits for these
    # anew: their seats are somebody else's.
    anew = others if is_same and command.answer == "yes" else ()
    replaces = behind if anew else tuple(sorted((*behind, *others)))
    reply = command.answer
    whole = j.EventAnswered(id=event.id, by=asker, at=now, day=day, reply=reply, replaces=replaces)
    return [
        *entries,
        whole,
        *(j.EventAnswered(id=event.id, by=asker, at=now, day=each, reply=reply) for each in anew),
    ]


def _own_days(
    event: CalendarEvent, asker: str, command: c.AnswerEvent, now: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the days to which somebody had answered by themselves, and that go with this answer.

    First those that lie behind, or long behind if the answer is to a day itself; then those to
    which they said something else than to all of it now.
    """
    own = event.days_of(asker)
    ended = now if command.day is None else now - KEEP_ENDED
    first = local_time(ended, event.plan.zone).date().isoformat()
    behind = sorted(day for day in own if day < first)
    others = sorted(
        day
        for day, each in own.items()
        if command.day is None and day >= first and each.reply != command.answer
    )
    return tuple(behind), tuple(others)


def _of_part(
    event: CalendarEvent, asker: str, command: c.AnswerEvent, now: float
) -> list[j.CalendarJournal]:
    """Return whether somebody agrees to the part that they were asked to play."""
    plan = event.plan
    parts = (*plan.organisers, *plan.speakers)
    if asker not in parts or not event.asks(asker) or command.day is not None:
        return []
    if command.answer == "yes" and asker not in event.agreed:
        return [j.PartAgreed(id=event.id, by=asker, at=now)]
    if command.answer == "no" and plan.organisers[:1] != (asker,):
        return [j.PartDeclined(id=event.id, by=asker, at=now)]
    return []


def _changed_meanwhile(event: CalendarEvent, version: int) -> Exception:
    fields = [each for number, _, names in event.history if number > version for each in names]
    text = f"this was changed meanwhile ({', '.join(dict.fromkeys(fields))}): look at it again"
    return refusal("changed_meanwhile", text if fields else "")


def _distinct(people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
