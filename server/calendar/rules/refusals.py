"""Why the calendar says no: a stable code and a line for a person."""

from __future__ import annotations

from typing import Literal

from roomcli.errors import CommandRefused

CalendarRefusal = Literal[
    "no_such_event",
    "no_such_day",
    "no_such_zone",
    "no_such_time",
    "no_occurrence",
    "bad_recurrence",
    "too_soon",
    "too_far",
    "event_over",
    "event_cancelled",
    "event_full",
    "not_organiser",
    "not_planner",
    "may_not_publish",
    "no_such_community",
    "not_moderator",
    "wrong_visibility",
    "changed_meanwhile",
    "too_many_changes",
    "too_many_events",
    "too_many_invitations",
    "no_such_person",
]
CALENDAR_REFUSALS: dict[CalendarRefusal, str] = {
    "no_such_event": "there is no such event",
    "no_such_day": "this event does not take place on that day",
    "no_such_zone": "there is no such time zone: write it like Europe/Paris or UTC",
    "no_such_time": "there is no such time: the day is not in the calendar, or daylight saving"
    " skips the hour",
    "no_occurrence": "by this rule the event would never take place",
    "bad_recurrence": "this rule does not fit together: nth takes one weekday of a month, weekdays"
    " are of a week, and a series ends by until or by count",
    "too_soon": "this lies in the past",
    "too_far": "this lies more than five years ahead",
    "event_over": "this is over",
    "event_cancelled": "this event was cancelled",
    "event_full": "more people have answered than this event can keep",
    "not_organiser": "only organisers of this event may do this",
    "not_planner": "who planned an event stays its organiser",
    "may_not_publish": "what everybody may see is planned here by who may open rooms, or by a"
    " community: this takes the host token of the server's admin",
    "no_such_community": "there is no such community",
    "not_moderator": "events of a community are planned by its owners and moderators",
    "wrong_visibility": "an event for members needs a community, and a private one has none",
    "changed_meanwhile": "this was changed meanwhile: look at it again",
    "too_many_changes": "too many times of this series were changed: change the series itself",
    "too_many_events": "too many events are planned: cancel one, or wait until some are over",
    "too_many_invitations": "too many were asked to come, and have not answered, who do not follow"
    " you nor share a community with you: wait for answers, or name fewer",
    "no_such_person": "this server does not know somebody of these",
}


def refusal(code: CalendarRefusal, text: str = "") -> CommandRefused:
    """Return the error to raise, with a line of its own if the usual one says too little."""
    return CommandRefused(code, text or CALENDAR_REFUSALS[code])
