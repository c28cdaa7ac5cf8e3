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


async def club(server: RunningServer, *guests: Client) -> tuple[Client, str, list[str]]:
    """Return the owner of a community, in its room for members with these guests, and all ids."""
    ann = await at_home(server, "Ann")
    shown: e.CommunityShown = await ann.question(
        c.FoundCommunity(name="Bee Folk"), e.CommunityShown
    )
    id = shown.community.id
    await ann.do(c.AddCommunityRoom(community=id, room="standup"))
    await ann.go_into(intent="host")
    await ann.do(c.ChangeSettings(members=True))
    people = []
    for guest in guests:
        await guest.do(c.JoinCommunity(community=id))
        await guest.go_into()
        people.append(guest.view.me)
    return ann, id, people


async def test_who_leaves_or_is_removed_leaves_its_rooms_for_members_on_every_device(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        ben, cid = await at_home(server, "Ben"), await at_home(server, "Cid")
        ann, id, (_, cids) = await club(server, ben, cid)
        phone = await server.client(key=ben.key)
        await ben.do(c.LeaveCommunity(community=id))
        for seat in (ben, phone):
            left = next(each for each in await seat.until_out() if isinstance(each, e.RoomLeft))
            assert left.reason == "removed"
            assert left.text == "standup is for members of its community: you left it"
        await ann.do(c.RemoveMember(community=id, person=cids, reason="spam"))
        left = await cid.until(e.RoomLeft)
        assert left.text.endswith(": a moderator put you out: spam")
        for key, ticket in ((ben.key, phone.joined.ticket), (cid.key, cid.joined.ticket)):
            with pytest.raises(Turned) as turned:
                await server.client(key=key, ticket=ticket)
            assert turned.value.code == "members_only"
        assert len(server.hub.open_rooms()[0].state.participants) == 1


async def test_its_host_comes_back_when_they_belong_to_it_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ben = await at_home(server, "Ben")
        ann, id, (bens,) = await club(server, ben)
        await ann.do(c.HandOverCommunity(community=id, person=bens))
        await ann.do(c.LeaveCommunity(community=id))
        assert (await ann.until(e.RoomLeft)).reason == "removed"
        with pytest.raises(Turned) as turned:
            await ann.go_into(intent="host", ticket=ann.joined.ticket)
        assert turned.value.code == "members_only"
        await ann.do(c.JoinCommunity(community=id))
        await ann.go_into(intent="host")
        assert ann.view.role == "host"


async def test_whoever_deletes_all_about_themselves_leaves_those_rooms_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ben = await at_home(server, "Ben")
        await club(server, ben)
        await ben.do(c.DeleteProfile())
        assert (await ben.until(e.RoomLeft)).reason == "removed"


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


async def test_who_may_open_no_rooms_takes_no_names_and_finds_no_hidden_rooms(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        server.hub.admit_hosts("right")
        await server.client(
            server.room("vault"), intent="host", access="invite", host_token="right"
        )
        eve = await server.connected()
        await eve.say_hello()
        founded: e.CommunityShown = await eve.question(
            c.FoundCommunity(name="Readers"), e.CommunityShown
        )
        for room in ("vault", "standup"):
            for token in (None, "wrong"):
                asked = c.AddCommunityRoom(
                    community=founded.community.id, room=room, host_token=token
                )
                refused = await eve.ask(asked)
                assert isinstance(refused, e.Refused)
                assert refused.code == "hosting_not_allowed"
        asked = c.AddCommunityRoom(
            community=founded.community.id, room="standup", host_token="right"
        )
        await eve.do(asked)
