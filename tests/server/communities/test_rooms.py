"""Tests of communities over real connections: answers, news, and bans that hold in rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.serving import Client, RunningServer, Turned, serving


async def at_home(server: RunningServer, name: str, **fields: object) -> Client:
    """Return a client at home."""
    client = await server.connected(**fields)  # type: ignore[arg-type]
    nonce = (await client.until(e.Challenge)).nonce
    await client.say_hello(client.hello(nonce, name=name))
    return client


async def test_a_community_outlives_the_server_and_its_bans_hold_in_its_rooms(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        ann, eve = await at_home(server, "Ann"), await at_home(server, "Eve")
        asked = c.FoundCommunity(name="Bee Folk", rules=("be kind",), entry="application")
        shown: e.CommunityShown = await ann.question(asked, e.CommunityShown)
        id = shown.community.id
        await ann.do(c.AddCommunityRoom(community=id, room="standup"))
        await eve.do(c.JoinCommunity(community=id, rules=1, note="I keep bees"))
        made = await ann.until(e.ApplicationMade)
        await ann.do(c.AcceptApplication(community=id, person=made.person.id))
        assert (await eve.until(e.StandingChanged)).why == "accepted"
        with pytest.raises(Turned) as turned:
            await eve.go_into(intent="host")
        assert turned.value.code == "room_taken"
        await ann.go_into(intent="host")
        await eve.go_into()
        await ann.do(c.BanFromCommunity(community=id, person=made.person.id, reason="spam"))
        left = await eve.until(e.RoomLeft)
        assert (left.reason, left.text) == ("banned", "the room's community banned you: spam")
        assert any(isinstance(each, e.StandingChanged) and each.why == "banned" for each in eve.got)
        with pytest.raises(Turned) as turned:
            await eve.go_into()
        assert turned.value.code == "banned"
    async with serving(tmp_path) as server:
        back = await at_home(server, "Eve", key=eve.key)
        shown = await back.question(c.ShowCommunity(community=id), e.CommunityShown)
        assert (shown.community.name, shown.community.you) == ("Bee Folk", "banned")
        with pytest.raises(Turned):
            await back.go_into()


async def test_what_communities_hold_of_a_person_is_exported_and_deleted(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await at_home(server, "Ann"), await at_home(server, "Ben")
        shown: e.CommunityShown = await ann.question(
            c.FoundCommunity(name="Bee Folk"), e.CommunityShown
        )
        id = shown.community.id
        await ben.do(c.JoinCommunity(community=id))
        await ann.do(c.ExportProfile())
        held = [each for each in ann.got if isinstance(each, e.ThingHeld)]
        (thing,) = [each.thing for each in held if each.kind == "community"]
        assert (thing["name"], thing["standing"]["role"]) == ("Bee Folk", "owner")
        await ann.do(c.DeleteProfile())
        assert (await ben.until(e.StandingChanged)).why == "succession"
        shown = await ben.question(c.ShowCommunity(community=id), e.CommunityShown)
        assert [each.name for each in shown.community.owners] == ["Ben"]
        assert shown.community.members == 1
