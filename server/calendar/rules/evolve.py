"""A calendar event after an entry. Pure, and without judgement: what is in the journal happened."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from roomcli.protocol.evolve_view import without

from . import journal as j
from .state import MAX_HISTORY, SHOW_HIDDEN, CalendarEvent, EventAnswer, Plan, Withdrawal
from .union import united
from .visibility import is_of

_WIDTH = {"public": 2, "community": 1, "private": 0}
Answers = dict[str, dict[str, EventAnswer]]


def evolve(event: CalendarEvent | None, entry: j.CalendarJournal) -> CalendarEvent:
    """Return the calendar event after ``entry``; it is None before it was planned."""
    if isinstance(entry, j.EventPlanned):
        return CalendarEvent(
            id=entry.id,
            plan=entry.plan,
            planned_at=entry.at,
            changed_at=entry.at,
            agreed=frozenset({entry.by}),
            opens_room=entry.opens_room,
            in_vain=frozenset(entry.in_vain),
            origin=entry.origin,
        )
    assert event is not None
    match entry:
        case j.PlanChanged():
            return _changed(event, entry)
        case j.OccurrenceChanged(day=day, change=change):
            event = replace(event, exceptions={**event.exceptions, day: change})
            return _version(event, entry, (day,))
        case j.EventCancelled(notice=notice):
            event = replace(event, cancelled=True, notice=notice)
            return _version(event, entry, ("cancelled",))
        case j.EventAnswered():
            return _answered(event, entry)
        case j.PartAgreed(by=by):
            return replace(event, agreed=event.agreed | {by})
        case j.PartDeclined(by=by):
            plan = _without_parts(event.plan, by)
            plan = replace(plan, invited=(*plan.invited, by))
            return replace(event, plan=plan, agreed=event.agreed - {by})
        case j.SightLost(people=people):
            hidden = _hidden(event, people, entry.at)
            return _version(hidden, entry, ("answers",))
        case j.PersonForgotten():
            return _forgotten(event, entry)
        case j.PersonBecame(by=one, into=into, organises=organises):
            after = united(event, one, into, organises=organises)
            fields = ("organisers",) if after.plan != event.plan else ()
            return _version(after, replace(entry, by=into), fields) if fields else after
        case j.OrganiserNamed(by=by):
            organisers = (*(each for each in event.plan.organisers if each != by), by)
            invited = tuple(each for each in event.plan.invited if each != by)
            plan = replace(event.plan, organisers=organisers, invited=invited)
            event = replace(event, plan=plan, agreed=event.agreed | {by})
            return _version(event, entry, ("organisers",))


def _changed(event: CalendarEvent, entry: j.PlanChanged) -> CalendarEvent:
    before, plan = event.plan, entry.plan
    withdrawn = event.withdrawn
    if _WIDTH[plan.visibility] < _WIDTH[before.visibility]:
        withdrawn = {**withdrawn, before.visibility: _withdrawal(event, entry.at)}
    event = _hidden(event, entry.hidden_from, entry.at)
    event = replace(
        event,
        plan=plan,
        withdrawn=withdrawn,
        agreed=event.agreed & {*plan.organisers, *plan.speakers},
        exceptions={day: e for day, e in event.exceptions.items() if day not in entry.dropped},
        answers={day: each for day, each in event.answers.items() if day not in entry.dropped},
        notice=entry.notice,
        opens_room=entry.opens_room or (event.opens_room and not _widens(before, plan)),
    )
    in_vain = event.named & (event.in_vain | frozenset(entry.in_vain))
    event = replace(event, in_vain=in_vain)
    return _version(event, entry, entry.fields)


def _widens(before: Plan, plan: Plan) -> bool:
    """Whether others could open a room by a change, or another one, or again and again."""
    again = plan.recurrence is not None and plan.recurrence != before.recurrence
    return again or plan.room != before.room or not {*plan.organisers} <= {*before.organisers}


def _hidden(event: CalendarEvent, people: Collection[str], at: float) -> CalendarEvent:
    """Return it without the answers of these people, for whom it is not there any more.

    Whoever had it among theirs is told for a while that it is cancelled.
    """
    gone = _withdrawal(event, at)
    theirs = [each for each in people if is_of(event, each)]
    answers = event.answers
    for person in people:
        answers = _without_answers(answers, person)
    lately = {who: w for who, w in event.hidden_from.items() if w.at + SHOW_HIDDEN > at}
    return replace(event, answers=answers, hidden_from={**lately, **dict.fromkeys(theirs, gone)})


def _withdrawal(event: CalendarEvent, at: float) -> Withdrawal:
    plan = event.plan
    version = event.version + 1
    return Withdrawal(
        at=at, version=version, start=plan.start, zone=plan.zone, minutes=plan.minutes
    )


def _version(
    event: CalendarEvent, entry: j.CalendarJournal, fields: tuple[str, ...]
) -> CalendarEvent:
    version = event.version + 1
    history = (*event.history, (version, entry.by, fields))[-MAX_HISTORY:]
    return replace(event, version=version, changed_at=entry.at, history=history)


def _answered(event: CalendarEvent, entry: j.EventAnswered) -> CalendarEvent:
    answers = event.answers
    for day in entry.replaces:
        answers = {**answers, day: without(answers[day], entry.by)}
    before = answers.get(entry.day, {}).get(entry.by)
    number = event.answered + 1
    answer = EventAnswer(reply=entry.reply, number=number)
    if before is not None and before.reply == entry.reply:
        answer = before  # whoever says the same again keeps their place
    answers = {**answers, entry.day: {**answers.get(entry.day, {}), entry.by: answer}}
    return replace(event, answered=number, answers=_without_empty(answers))


def _forgotten(event: CalendarEvent, entry: j.PersonForgotten) -> CalendarEvent:
    by, plan = entry.by, event.plan
    plan = _without_parts(plan, by)
    plan = replace(plan, invited=tuple(each for each in plan.invited if each != by))
    event = replace(
        event,
        plan=plan,
        agreed=event.agreed - {by},
        answers=_without_answers(event.answers, by),
        hidden_from=without(event.hidden_from, by)
        if by in event.hidden_from
        else event.hidden_from,
    )
    if not any(each in event.agreed for each in plan.organisers) and not event.cancelled:
        event = replace(event, cancelled=True, notice="")
    history = tuple((version, "" if who == by else who, f) for version, who, f in event.history)
    return _version(replace(event, history=history), replace(entry, by=""), ("organisers",))


def _without_parts(plan: Plan, person: str) -> Plan:
    return replace(
        plan,
        organisers=tuple(each for each in plan.organisers if each != person),
        speakers=tuple(each for each in plan.speakers if each != person),
    )


def _without_answers(answers: Answers, person: str) -> Answers:
    return _without_empty(
        {day: without(each, person) if person in each else each for day, each in answers.items()}
    )


def _without_empty(answers: Answers) -> Answers:
    return {day: each for day, each in answers.items() if each}
