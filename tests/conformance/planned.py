"""Section 5 of docs/protocol.md: what is told of what is planned.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .fields import (
    Check,
    Field,
    array,
    boolean,
    choice,
    day,
    identity,
    integer,
    local_time,
    maybe,
    moment,
    needed,
    record,
    seconds,
    text,
    zone,
)
from .view import PAGE, PEOPLE, REF

IDS: Field = (array(identity), [])
REPLY = choice("yes", "no", "maybe")
ANSWER: Field = (maybe(REPLY), None)
WHERE: dict[str, Field] = {
    "room": (text, ""),
    "capacity": (maybe(integer()), None),
    "visibility": (choice("public", "community", "private"), "public"),
    "community": (text, ""),
}
RECURRENCE = record(
    every=needed(choice("day", "week", "month")),
    interval=(integer(99, 1), 1),
    weekdays=(array(choice("mo", "tu", "we", "th", "fr", "sa", "su")), []),
    nth=(maybe(integer(5, -1)), None),
    until=(maybe(day), None),
    count=(maybe(integer(520, 1)), None),
)
PLANNED_EVENT = record(
    id=needed(identity),
    version=needed(integer()),
    title=needed(text),
    agenda=(array(text), []),
    start=needed(local_time),
    zone=needed(zone),
    minutes=needed(integer()),
    recurrence=(maybe(RECURRENCE), None),
    **WHERE,
    organisers=IDS,
    speakers=IDS,
    asked=IDS,
    asked_to_organise=IDS,
    invited=IDS,
    cancelled=(boolean, False),
    notice=(text, ""),
    may_change=(boolean, False),
    lookalike=(boolean, False),
    answer=ANSWER,
)
OCCURRENCE = record(
    event=needed(identity),
    day=(lambda value: value if value == "" else day(value), ""),
    title=needed(text),
    starts_at=needed(moment),
    ends_at=needed(moment),
    zone=needed(zone),
    **WHERE,
    host=(text, ""),
    cancelled=(boolean, False),
    moved=(boolean, False),
    coming=(integer(), 0),
    waiting=(integer(), 0),
    part=(maybe(choice("organiser", "speaker", "invited")), None),
    answer=ANSWER,
    place=(integer(), 0),
    lookalike=(boolean, False),
)
OCCURRENCES: Field = (array(OCCURRENCE), [])
NEWS = choice("moved", "changed", "cancelled", "seat", "seat_lost", "asked", "answered")
EVENTS: dict[str, Check] = {
    "event_shown": record(
        shown=needed(PLANNED_EVENT), upcoming=OCCURRENCES, people=PEOPLE, ref=REF
    ),
    "events_listed": record(
        of=needed(choice("mine", "week", "community")),
        occurrences=OCCURRENCES,
        more=(text, ""),
        ref=REF,
    ),
    "answers_listed": record(
        seated=needed(integer()),
        waiting=needed(integer()),
        answers=(array(record(person=needed(identity), answer=needed(REPLY))), []),
        **PAGE,
        people=PEOPLE,
        ref=REF,
    ),
    "calendar_shown": record(remind=needed(integer()), has_feed=(boolean, False), ref=REF),
    "feed_made": record(path=needed(text), ref=REF),
    "events_exported": record(data=needed(text), more=(boolean, False), ref=REF),
    "event_news": record(
        kind=needed(NEWS), occurrence=needed(OCCURRENCE), notice=(text, ""), ref=REF
    ),
    "event_reminder": record(occurrence=needed(OCCURRENCE), seconds=needed(seconds), ref=REF),
}
