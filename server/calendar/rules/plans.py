"""Which plans are possible: their texts, times, rule, people, and who may see them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol.calendar import (
    MAX_AGENDA_LINE,
    MAX_NOTICE,
    MAX_TITLE,
    Recurrence,
)
from roomcli.protocol.text import checked

from ...people.blocks import Blocks, nobody_blocks
from .occurrences import days_of, first_days
from .refusals import refusal
from .state import Communities, Plan
from .times import exists, format_local, instant, is_zone, parse_local

AHEAD = 5 * 366 * 86400.0
"""How far ahead something can be planned, in seconds."""
MAX_OF_PERSON = 50
MAX_OF_COMMUNITY = 500
MAX_ON_SERVER = 20_000
"""The most calendar events to come, of one planner, of one community, and of all."""


MAX_ASKED_BY_PERSON = 20
MAX_ASKED_BY_NETWORK = 200
"""The most strangers whom one planner, or all of a network, has asked without an answer."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What the rules ask about the rest of the server.

    ``may_publish`` says whether the asker may plan what everybody may see outside of communities,
    ``has_host_token`` whether they showed that they may open any room, ``blocks`` whether the one
    person blocks the other. ``origin`` stands for the network from which the asker comes. The
    numbers are of calendar events that are not over: of the asker, of the community, of all; and
    of the strangers whom the planner, and their network, asked without an answer. ``is_stranger``
    says who is one to a planner: they neither follow them nor share a community with them.
    """

    communities: Communities
    is_known: Callable[[str], bool]
    blocks: Blocks = nobody_blocks
    may_publish: bool = True
    has_host_token: bool = False
    origin: str = ""
    of_person: int = 0
    of_community: int = 0
    on_server: int = 0
    is_stranger: Callable[[str, str], bool] = lambda person, planner: False
    asked_by_person: int = 0
    asked_by_network: int = 0


def judge_plan(plan: Plan, before: Plan | None, asker: str, around: Surroundings) -> None:
    """Raise CommandRefused if a plan may not be seen, organised and attended as it says.

    ``before`` is the plan that it replaces, whose people need not be known any more.
    """
    if (plan.visibility == "community" and not plan.community) or (
        plan.visibility == "private" and plan.community
    ):
        raise refusal("wrong_visibility")
    is_new = before is None or before.visibility != "public"
    if plan.visibility == "public" and not plan.community and is_new and not around.may_publish:
        raise refusal("may_not_publish")
    if before is None and plan.community:
        role = around.communities.role(asker, plan.community)
        if role is None and around.communities.is_hidden(plan.community):
            raise refusal("no_such_community")
        if role not in ("owner", "moderator"):
            raise refusal("not_moderator")
    named = {*plan.organisers, *plan.speakers, *plan.invited}
    known = {*before.organisers, *before.speakers, *before.invited} if before else {asker}
    if not all(map(around.is_known, named - known)):
        raise refusal("no_such_person")


def judge_numbers(plan: Plan, around: Surroundings) -> None:
    """Raise CommandRefused if no more can be planned."""
    if (
        around.of_person >= MAX_OF_PERSON
        or (plan.community and around.of_community >= MAX_OF_COMMUNITY)
        or around.on_server >= MAX_ON_SERVER
    ):
        raise refusal("too_many_events")


def judge_asking(people: Collection[str], planner: str, around: Surroundings) -> None:
    """Raise CommandRefused if a planner may not ask all of these people, who are new, to come."""
    strangers = sum(around.is_stranger(each, planner) for each in people)
    if strangers and (
        around.asked_by_person + strangers > MAX_ASKED_BY_PERSON
        or around.asked_by_network + strangers > MAX_ASKED_BY_NETWORK
    ):
        raise refusal("too_many_invitations")


def settle_times(plan: Plan, now: float, *, is_new: bool) -> Plan:
    """Return a plan with the first time at which it really takes place, and a day as its end.

    With ``is_new`` the start has to lie ahead. Raises CommandRefused.
    """
    if not is_zone(plan.zone):
        raise refusal("no_such_zone")
    local = parse_local(plan.start)
    if local is None:
        raise refusal("no_such_time")
    if instant(local, plan.zone) > now + AHEAD:
        raise refusal("too_far")
    if plan.recurrence is not None:
        recurrence = _settle_rule(plan.recurrence)
        each = replace(recurrence, interval=1)  # counted from the first time that there is
        first = next(days_of(local.date(), each, local.date()), None)
        if first is None or first > local.date() + timedelta(seconds=AHEAD):
            raise refusal("no_occurrence")
        local = local.replace(year=first.year, month=first.month, day=first.day)
        plan = replace(plan, start=format_local(local), recurrence=recurrence)
        if recurrence.count is not None:
            last = first_days(plan, recurrence.count)[-1]
            recurrence = replace(recurrence, count=None, until=last.isoformat())
            plan = replace(plan, recurrence=recurrence)
    if is_new:
        judge_start(plan.start, plan.zone, now)
    return plan


def judge_start(start: str, zone: str, now: float) -> None:
    """Raise CommandRefused if nothing can begin at this local time."""
    local = parse_local(start)
    if local is None or not exists(local, zone):
        raise refusal("no_such_time")
    if instant(local, zone) <= now:
        raise refusal("too_soon")
    if instant(local, zone) > now + AHEAD:
        raise refusal("too_far")


def check_texts(title: str, agenda: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return title and agenda as they may be shown. Raises CommandRefused ``bad_text``."""
    title = check_text(title, MAX_TITLE, "title")
    if not title:
        raise CommandRefused("bad_text", "title is empty")
    return title, tuple(check_text(each, MAX_AGENDA_LINE, "agenda") for each in agenda)


def check_notice(text: str) -> str:
    """Return a notice as it may be shown. Raises CommandRefused ``bad_text``."""
    return check_text(text, MAX_NOTICE, "notice")


def check_text(text: str, limit: int, what: str) -> str:
    """Return a text as it may be shown. Raises CommandRefused ``bad_text``."""
    try:
        return checked(text, limit, what)
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None


def _settle_rule(recurrence: Recurrence) -> Recurrence:
    """Return a rule whose parts fit together, each weekday once. Raises CommandRefused."""
    weekdays = tuple(dict.fromkeys(recurrence.weekdays))
    fits = {
        "day": not weekdays and recurrence.nth is None,
        "week": recurrence.nth is None,
        "month": len(weekdays) == (recurrence.nth is not None),
    }[recurrence.every]
    fits = fits and recurrence.nth != 0
    ends_twice = recurrence.until is not None and recurrence.count is not None
    if not fits or ends_twice:
        raise refusal("bad_recurrence")
    if recurrence.until is not None and parse_local(recurrence.until) is None:
        raise refusal("no_such_time")
    return replace(recurrence, weekdays=weekdays)
