"""Tests that the calendar follows people whose keys unite."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person

from ...support.serving import Client, RunningServer, serving
from ..people.test_identities import Keys


async def at_home(server: RunningServer, keys: Keys, name: str) -> tuple[Client, Person]:
    """Return a client at home, and who they are there."""
    client = await server.connected(key=keys[name])
    await client.say_hello()
    welcome = client.got[-1]
    assert isinstance(welcome, e.Welcome)
    return client, welcome.you


async def planned(client: Client, title: str) -> str:
    """Plan something for everybody; return its id."""
    plan = c.PlanEvent(title=title, start="2030-12-03T18:00", zone="Europe/Paris")
    shown: e.EventShown = await client.question(plan, e.EventShown)
    return shown.shown.id


async def test_parts_answers_and_choices_follow_and_what_only_one_organised_waits(
    tmp_path: Path,
) -> None:
    keys = Keys()
    async with serving(tmp_path) as server:
        desktop, _ = await at_home(server, keys, "desktop")
        await at_home(server, keys, "laptop")
        ben, _ = await at_home(server, keys, "ben")
        own, other = await planned(desktop, "Own"), await planned(ben, "Other")
        await desktop.ask(c.AnswerEvent(event=other, answer="yes"))
        await desktop.ask(c.SetReminder(minutes=45))
        await keys.carry_out(server, "unite", "desktop", "laptop")
    async with serving(tmp_path) as server:
        again, you = await at_home(server, keys, "desktop")
        assert server.desks is not None
        calendar = server.desks.calendar
        assert calendar.feeds.choices_of(you.id).remind == 45
        event = calendar.planned.look_up(other)
        assert event is not None
        assert [*event.answers[""]] == [you.id]
        event = calendar.planned.look_up(own)
        assert event is not None
        assert (event.plan.organisers, event.plan.invited) == ((), (you.id,))
        version = event.version + 1  # by the agreement
        refused = await again.ask(c.CancelEvent(event=own, version=version))
        assert isinstance(refused, e.Refused)
        assert await server.hub.identities.agree(keys.id("desktop"), f"event/{own}")
        assert isinstance(await again.ask(c.CancelEvent(event=own, version=version)), e.Done)


@pytest.mark.parametrize("banned", [False, True])
async def test_what_both_may_know_as_one_is_kept_and_the_rest_is_cancelled(
    tmp_path: Path, banned: bool
) -> None:
    keys = Keys()
    async with serving(tmp_path) as server:
        desktop, _ = await at_home(server, keys, "desktop")
        laptop, into = await at_home(server, keys, "laptop")
        ben, _ = await at_home(server, keys, "ben")
        founded: e.CommunityShown = await ben.question(
            c.FoundCommunity(name="Readers"), e.CommunityShown
        )
        club = founded.community.id
        await laptop.do(c.SetReminder(minutes=20))
        await desktop.do(c.JoinCommunity(community=club))
        plan = c.PlanEvent(
            title="Vigil",
            start="2030-12-03T18:00",
            zone="Europe/Paris",
            visibility="community",
            community=club,
        )
        shown: e.EventShown = await ben.question(plan, e.EventShown)
        await desktop.do(c.AnswerEvent(event=shown.shown.id, answer="yes"))
        if banned:
            await ben.do(c.BanFromCommunity(community=club, person=into.id))
        await keys.carry_out(server, "unite", "desktop", "laptop")
        assert server.desks is not None
        event = server.desks.calendar.planned.look_up(shown.shown.id)
        assert event is not None
        coming = [*event.answers.get("", ())]
        expected = ([], [into.id]) if banned else ([into.id], [])
        assert (coming, [*event.hidden_from]) == expected
