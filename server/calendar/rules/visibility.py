"""Who may know of a calendar event, and what they are shown of it.

Everything that leaves the server goes through :func:`visible_to`: answers, lists, news, feeds,
pages. Who may not know of a calendar event is answered as if there were none.
"""

from __future__ import annotations

from roomcli.protocol.calendar import Part, ShownEvent

from .state import CalendarEvent, Communities


def may_know(event: CalendarEvent, viewer: str | None, communities: Communities) -> bool:
    """Whether a person, or a stranger (None), may know that there is this calendar event.

    What a hidden community plans only its members may know, and who was asked to come.
    """
    plan = event.plan
    if viewer is not None and event.asks(viewer):
        return True
    if plan.visibility == "private":
        return False
    if plan.visibility == "public" and not (
        plan.community and communities.is_hidden(plan.community)
    ):
        return True
    return viewer is not None and communities.is_member(viewer, plan.community)


def visible_to(
    event: CalendarEvent, viewer: str | None, communities: Communities
) -> ShownEvent | None:
    """Return the calendar event as a person, or a stranger (None), may see it; else None."""
    if not may_know(event, viewer, communities):
        return None
    plan = event.plan
    rights = viewer is not None and may_change(event, viewer, communities)
    knowing = viewer if viewer is not None and event.asks(viewer) else None
    told_asked = [
        each
        for each in dict.fromkeys((*plan.organisers, *plan.speakers))
        if each not in event.agreed and (rights or each == knowing)
    ]
    answer = event.answer_of(viewer) if viewer is not None else None
    return ShownEvent(
        id=event.id,
        version=event.version,
        title=plan.title,
        agenda=plan.agenda,
        start=plan.start,
        zone=plan.zone,
        minutes=plan.minutes,
        recurrence=plan.recurrence,
        room=plan.room,
        capacity=plan.capacity,
        visibility=plan.visibility,
        community=plan.community,
        organisers=tuple(each for each in plan.organisers if each in event.agreed),
        speakers=tuple(each for each in plan.speakers if each in event.agreed),
        asked=tuple(told_asked),
        asked_to_organise=tuple(each for each in told_asked if each in plan.organisers),
        invited=tuple(each for each in plan.invited if rights or each == knowing),
        cancelled=event.cancelled,
        notice=event.notice,
        may_change=rights,
        answer=answer.reply if answer is not None else None,
    )


def may_change(event: CalendarEvent, person: str, communities: Communities) -> bool:
    """Whether somebody may change the plan: organisers, and moderators of its community."""
    if event.organises(person):
        return True
    community = event.plan.community
    return bool(community) and communities.role(person, community) in ("owner", "moderator")


def part_of(event: CalendarEvent, person: str) -> Part | None:
    """Return in what part somebody was asked to come, as far as they know it."""
    if not event.asks(person):
        return None
    parts: dict[Part, tuple[str, ...]] = {
        "organiser": event.plan.organisers,
        "speaker": event.plan.speakers,
        "invited": event.plan.invited,
    }
    return next((part for part, who in parts.items() if person in who), None)


def is_of(event: CalendarEvent, person: str) -> bool:
    """Whether a calendar event is among what somebody calls theirs, as far as they may know it."""
    if event.asks(person):
        answer = event.answer_of(person)
        return event.organises(person) or answer is None or answer.reply != "no"
    return any(
        person in answers and answers[person].reply != "no" for answers in event.answers.values()
    )
