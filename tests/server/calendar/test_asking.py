"""Tests of how many strangers may be asked to come at the same time."""

from __future__ import annotations

from typing import Any, cast

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.calendar.rules.plans import MAX_ASKED_BY_NETWORK, MAX_ASKED_BY_PERSON
from server.calendar.rules.times import format_local, local_time

from ..finding.square import HOUR, Listening, Square, played, square


def names(number: int) -> tuple[str, ...]:
    return tuple(f"p{each:03}" for each in range(number))


async def plan(here: Square, by: str, *invited: str) -> str:
    """Let somebody plan something private; return its id, or the code of the refusal."""
    start = format_local(local_time(here.hub.now() + 9 * HOUR, "UTC"))
    fields: dict[str, Any] = {"title": "Talk", "start": start, "zone": "UTC", "minutes": 60}
    command = c.PlanEvent(**fields, visibility="private", invited=invited)
    try:
        shown: e.EventShown = await here.ask(by, command)
    except CommandRefused as refused:
        return refused.code
    return shown.shown.id


async def ask_one_more(here: Square, by: str, event: str, person: str) -> str:
    """Let an organiser invite somebody to what is planned; return the code of the refusal."""
    it = here.planned.look_up(event)
    assert it is not None
    invited = (*it.plan.invited, person)
    command = c.ChangeEvent(event=event, version=it.version, invited=invited)
    try:
        await here.ask(by, command)
    except CommandRefused as refused:
        return refused.code
    return "done"


def test_a_planner_asks_so_many_strangers_until_some_have_answered() -> None:
    async def play() -> None:
        async with square() as here:
            people = names(MAX_ASKED_BY_PERSON + 3)
            for name in ("ann", "ben", *people):
                here.meet(name)
            *asked, friend, fellow, other = people
            first = await plan(here, "ann", *asked[1:])
            assert await plan(here, "ann", asked[0], other) == "too_many_invitations"
            assert await ask_one_more(here, "ann", first, asked[0]) == "done"
            assert await ask_one_more(here, "ann", first, other) == "too_many_invitations"
            here.store.ties.tie(friend, "follows", "ann", 1.0)
            here.found("bees", "ben", "ann", fellow)
            assert await ask_one_more(here, "ann", first, friend) == "done"
            assert await ask_one_more(here, "ann", first, fellow) == "done"
            await here.ask(asked[5], c.AnswerEvent(event=first, answer="no"))
            assert await ask_one_more(here, "ann", first, other) == "done"

    played(play)


def test_ever_new_keys_of_one_network_ask_no_more_than_a_network_may() -> None:
    async def play() -> None:
        async with square() as here:
            people = names(MAX_ASKED_BY_PERSON)
            planners = [f"x{each}" for each in range(MAX_ASKED_BY_NETWORK // len(people) + 1)]
            for name in ("ben", *people, *planners):
                here.meet(name)
            for name in (*planners, "ben"):
                network = "192.0.2.9" if name == "ben" else "192.0.2.1"
                here.hub.connected.add(name, cast("Any", Listening()), network)
            codes = [await plan(here, name, *people) for name in planners]
            assert [code for code in codes if "_" in code] == ["too_many_invitations"]
            assert codes[-1] == "too_many_invitations"
            assert "_" not in await plan(here, "ben", *people)
            assert "_" not in await plan(here, planners[-1])  # who asks nobody may plan

    played(play)
