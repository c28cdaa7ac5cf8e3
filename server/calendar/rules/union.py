"""A calendar event after two persons became one. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.evolve_view import without

from .state import CalendarEvent, EventAnswer, Withdrawal

Answers = dict[str, dict[str, EventAnswer]]


def united(event: CalendarEvent, one: str, into: str, *, organises: bool) -> CalendarEvent:
    """Return the event with the second person wherever one of the two was.

    Unless they organise it as one, they are invited instead. Their own answer to a day stays; the
    other one counts where they gave none. What either was asked in vain, they know nothing of. From
    whom it was hidden later, counts for both.
    """
    plan = event.plan
    organisers = _with(plan.organisers, one, into)
    speakers = _with(plan.speakers, one, into)
    invited = _with(plan.invited, one, into)
    if not organises and into in organisers:
        organisers = tuple(each for each in organisers if each != into)
        if into not in (*speakers, *invited):
            invited = (*invited, into)
    elif into in organisers:
        invited = tuple(each for each in invited if each != into)
    plan = replace(plan, organisers=organisers, speakers=speakers, invited=invited)
    history = tuple((version, into if who == one else who, f) for version, who, f in event.history)
    agreed = _among(event.agreed, one, into) & {*organisers, *speakers}
    return replace(
        event,
        plan=plan,
        agreed=agreed,
        in_vain=_among(event.in_vain, one, into) - (agreed & {into}),
        answers=_answers(event.answers, one, into),
        hidden_from=_hidden_from(event.hidden_from, one, into),
        history=history,
    )


def _with(people: tuple[str, ...], one: str, into: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(into if each == one else each for each in people))


def _among(people: frozenset[str], one: str, into: str) -> frozenset[str]:
    return (people - {one}) | {into} if one in people else people


def _answers(answers: Answers, one: str, into: str) -> Answers:
    after = {}
    for day, given in answers.items():
        if one in given:
            given = {**without(given, one), into: given.get(into, given[one])}
        after[day] = given
    return after


def _hidden_from(hidden_from: dict[str, Withdrawal], one: str, into: str) -> dict[str, Withdrawal]:
    if one not in hidden_from:
        return hidden_from
    both = [hidden_from[each] for each in (one, into) if each in hidden_from]
    return {**without(hidden_from, one), into: max(both, key=lambda each: each.version)}
