"""What is planned, in lines of text. Pure; on the screen what is planned is called an event.

Times are shown in the reader's own time zone, which ``local`` gives.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from time import localtime, strftime

from ...protocol import events as e
from ...protocol.calendar import ListedOccurrence, ShownEvent
from ...protocol.durations import rounded_up
from .badge_words import with_badges
from .day_words import Local
from .names import as_named
from .series_words import series_words

_NEWS = {
    "moved": "{title} is moved: {when}",
    "changed": "{title} has changed ({when})",
    "cancelled": "{title} ({when}) is cancelled",
    "seat": "A seat is yours: {title}, {when}",
    "seat_lost": "You have to wait for a seat again: {title}, {when}",
    "asked": "You are asked to come: {title}, {when}",
    "answered": "You answered: {title}, {when}",
}
_ASKED = {"speaker": "You are asked to speak", "organiser": "You are asked to organise"}
_ANSWERS = {"yes": "you come", "no": "you do not come", "maybe": "perhaps you come"}


def when_words(starts_at: float, local: Local = localtime) -> str:
    """Return a time as people say it: ``Tue 1 Dec 18:30``."""
    at = local(starts_at)
    return f"{strftime('%a', at)} {at.tm_mday} {strftime('%b %H:%M', at)}"


def occurrence_line(one: ListedOccurrence, local: Local = localtime) -> str:
    """Return a line of a list: when, what, where, and how many come."""
    title = as_named(one.title, lookalike=one.lookalike)
    parts = [f"{when_words(one.starts_at, local)}  {title}"]
    if one.cancelled:
        parts.append("cancelled")
    elif one.moved:
        parts.append("moved")
    if one.room:
        parts.append(f"in {one.room}")
    if not one.cancelled:
        parts.append(coming_words(one))
    if mine := own_words(one):
        parts.append(mine)
    return " · ".join(parts)


def coming_words(one: ListedOccurrence) -> str:
    """Return how many come and wait: ``3 of 20 come, 2 wait``."""
    seats = f"{one.coming} of {one.capacity}" if one.capacity is not None else f"{one.coming}"
    words = f"{seats} come" if one.coming != 1 or one.capacity is not None else "1 comes"
    return words + (f", {one.waiting} wait{'s' if one.waiting == 1 else ''}" if one.waiting else "")


def own_words(one: ListedOccurrence) -> str:
    """Return what the reader has to do with it; empty if nothing."""
    if one.place:
        return f"you wait for a seat, number {one.place}"
    if one.answer is not None:
        return _ANSWERS[one.answer]
    if one.part == "organiser":
        return "you organise it"
    return {"speaker": "you are asked to speak", "invited": "you are invited"}.get(
        one.part or "", ""
    )


def shown_lines(shown: e.EventShown, local: Local = localtime) -> Iterator[str]:
    """Yield a whole event in lines."""
    event = shown.shown
    title = as_named(event.title, lookalike=event.lookalike)
    yield title + (" (cancelled)" if event.cancelled else "")
    if event.notice:
        yield event.notice
    yield time_line(event)
    yield from (f"  {each}" for each in event.agenda)
    who = shown.people
    for word, ids in (
        ("Organised by", event.organisers),
        ("Speaking", event.speakers),
        ("Asked, and not agreed yet", event.asked),
        ("Invited", event.invited),
    ):
        names = [with_badges(who[id]) if id in who else id for id in ids]
        if names:
            yield f"{word}: {', '.join(names)}"
    for each in shown.upcoming:
        yield occurrence_line(each, local)
    yield f"Event {event.id}, version {event.version}"


def time_line(event: ShownEvent) -> str:
    """Return when an event takes place, as it was planned, and how often."""
    start = event.start.replace("T", " ")
    series = f", {series_words(event.recurrence)}" if event.recurrence is not None else ""
    return f"{start} {event.zone}, {event.minutes} min{series}"


def news_line(news: e.EventNews, local: Local = localtime) -> str:
    """Return what happened to an event."""
    one = news.occurrence
    title = one.title or "An event of yours"
    text = _NEWS[news.kind].format(title=title, when=when_words(one.starts_at, local))
    if news.kind == "asked" and one.part in _ASKED:
        text = text.replace("You are asked to come", _ASKED[one.part])
    return text + (f": {news.notice}" if news.notice else "")


def reminder_line(reminder: e.EventReminder) -> str:
    """Return what begins soon, and where."""
    one = reminder.occurrence
    begins = f"in {rounded_up(reminder.seconds)}" if reminder.seconds >= 1 else "now"
    return f"{one.title} begins {begins}" + (f", in {one.room}" if one.room else "")


def answers_lines(answers: e.AnswersListed) -> Iterator[str]:
    """Yield who answered, those with a seat first."""
    yield f"{answers.seated} have a seat, {answers.waiting} wait"
    for number, each in enumerate(answers.answers, answers.offset):
        person = answers.people.get(each.person)
        name = with_badges(person) if person is not None else each.person
        waits = answers.seated <= number < answers.seated + answers.waiting
        yield f"{name}: {'waits' if waits else each.answer}"


def list_lines(listed: e.EventsListed, local: Local = localtime) -> Iterator[str]:
    """Yield a page of what is planned, each with the id by which it is named."""
    if not listed.occurrences:
        yield "Nothing is planned"
    for each in listed.occurrences:
        yield f"{each.event}{f' {each.day}' if each.day else ''}  {occurrence_line(each, local)}"
    if listed.more:
        yield f'There is more: /list_events {listed.of} after="{listed.more}"'


def calendar_lines(event: e.Event, local: Local = localtime) -> Iterator[str]:
    """Yield an answer about what is planned in lines; nothing for what is none."""
    match event:
        case e.EventShown():
            yield from shown_lines(event, local)
        case e.EventsListed():
            yield from list_lines(event, local)
        case e.AnswersListed():
            yield from answers_lines(event)
        case e.CalendarShown(remind=minutes, has_feed=has_feed):
            before = f"{minutes} min before what you come to"
            yield f"You are reminded {before}" if minutes else "You are not reminded of events"
            if has_feed:
                yield "Your calendar has an address for other programs"
        case e.FeedMade(path=path):
            yield f"Your calendar is at {path} of this server: whoever has the address can read it"
        case e.EventsExported(data=data):
            yield from b64decode(data).decode().splitlines()
