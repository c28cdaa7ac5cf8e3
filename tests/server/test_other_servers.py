"""Tests of what people notice on one server of what was done on another that shares its store."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, Person
from server.desk_list import OpenedDesks
from server.people.claims.commands import WithdrawOwn
from server.people.claims.state import OwnDomain
from server.people.key_desk import REVOKED
from server.store import EVERYWHERE

from ..support.held_store import locked_tables
from ..support.patience import PATIENCE, until
from ..support.postgres import Postgres
from ..support.serving import Client, RunningServer, Turned, serving
from .calendar.test_desk import plan, wish
from .people.test_identities import Keys
from .people.test_key_desk import carry_out, id_of

Servers = tuple[RunningServer, RunningServer]


@pytest.fixture
def url(postgres: Postgres) -> str:
    """Return the URL of an empty database."""
    return postgres.new_database()


@contextlib.asynccontextmanager
async def two_servers(folder: Path, url: str) -> AsyncIterator[Servers]:
    """Run two servers that share a store."""
    folders = (folder / "here", folder / "there")
    for each in folders:
        each.mkdir()
    async with (
        serving(folders[0], shared_store=url) as here,
        serving(folders[1], shared_store=url) as there,
    ):
        yield here, there


async def at_home(server: RunningServer, name: str, key: Any = None) -> Client:
    """Return a client at home."""
    client = await server.connected(key=key)
    nonce = (await client.until(e.Challenge)).nonce
    await client.say_hello(client.hello(nonce, name=name))
    return client


async def insist(client: Client, command: c.HomeCommand) -> None:
    """Do something, again where another server changed the same at the same moment."""
    with trio.fail_after(PATIENCE):
        while isinstance(await client.ask(command), e.Refused):
            pass


def who_is(client: Client) -> Person:
    """Return whom the server takes a client for."""
    return next(each for each in client.got if isinstance(each, e.Welcome)).you


def opened(server: RunningServer) -> OpenedDesks:
    """Return the desks of a server."""
    assert server.desks is not None
    return server.desks


async def test_a_ban_from_the_whole_server_cuts_connections_on_the_others(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        await there.client(intent="host")
        ben = await there.client(name="Ben")
        at_home = await there.connected(key=ben.key)
        await at_home.say_hello()
        ban = BanNotice(key=who_is(ben).key, name="Ben", at=here.hub.now(), reason="spam")
        here.store.bans.save(EVERYWHERE, "", ban)
        out = e.Goodbye(code="banned", text="you are banned from this server: spam")
        assert (await at_home.to_the_end())[-1] == out
        gone = (await ben.to_the_end())[-1]
        assert isinstance(gone, e.Goodbye)
        assert (gone.code, gone.retry) == ("banned", False)
        with pytest.raises(Turned, match="banned"):
            await there.client(key=ben.key)
        here.store.bans.lift(EVERYWHERE, "", ban.key)
        await until(lambda: there.store.bans.from_server(ban.key, there.hub.now()) is None)
        await there.client(key=ben.key)


async def test_a_profile_is_seen_on_the_others_in_rooms_and_by_oneself(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        host, ben = await there.client(intent="host"), await there.client(name="Ben")
        also_ben = await at_home(here, "Ben", key=ben.key)
        await also_ben.do(c.ChangeProfile(name="Benny", headline="Bees"))
        changed = await ben.until(e.ProfileChanged)
        assert changed.profile is not None
        assert changed.profile.name == "Benny"
        renamed = await host.until(e.PersonChanged, lambda each: each.person.name == "Benny")
        assert renamed.person.headline == "Bees"


async def founded(client: Client) -> str:
    """Found a community, and return its id."""
    asked = c.FoundCommunity(name="Bee Folk")
    shown: e.CommunityShown = await client.question(asked, e.CommunityShown)
    return shown.community.id


async def test_a_community_is_the_same_on_the_others_and_its_bans_hold_there(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, eve = await at_home(here, "Ann"), await at_home(there, "Eve")
        id = await founded(ann)
        await ann.do(c.AddCommunityRoom(community=id, room="standup"))
        await until(lambda: there.hub.standings.community_of("standup") == id)
        await insist(eve, c.JoinCommunity(community=id))
        who = who_is(eve).id
        await until(lambda: here.hub.standings.standing(id, who).is_member)
        host = await there.client(intent="host", key=ann.key)
        await eve.go_into()
        await insist(ann, c.BanFromCommunity(community=id, person=who, reason="spam"))
        left = await eve.until(e.RoomLeft)
        assert (left.reason, left.text) == ("banned", "the room's community banned you: spam")
        with pytest.raises(Turned, match="banned"):
            await eve.go_into()
        await insist(host, c.LiftCommunityBan(community=id, person=who))
        await until(lambda: here.hub.standings.standing(id, who).ban is None)
        await insist(ann, c.CloseCommunity(community=id))
        await until(lambda: there.hub.standings.community_of("standup") == "")


async def test_what_is_planned_answered_and_chosen_is_known_on_the_others(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, eve = await at_home(here, "Ann"), await at_home(there, "Eve")
        id = (await plan(ann, wish(here, capacity=1))).shown.id
        await until(lambda: there.calendar.planned.look_up(id) is not None)
        shown = await eve.question(c.AnswerEvent(event=id, answer="yes"), e.EventShown)
        assert shown.shown.title == "Talks"
        await until(lambda: here.calendar.planned.concerning(who_is(eve).id) != [])
        await eve.do(c.SetReminder(minutes=15))
        await until(lambda: here.calendar.feeds.remind_of(who_is(eve).id) == 15)
        await ann.do(c.CancelEvent(event=id, version=shown.shown.version))
        await until(lambda: bool(there.calendar.planned.concerning(who_is(eve).id)[0].cancelled))


async def test_a_revoked_key_is_signed_out_on_the_others(tmp_path: Path, url: str) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, phone = await at_home(here, "Ann"), Ed25519PrivateKey.generate()
        also_ann = await at_home(there, "Ann", key=ann.key)
        await carry_out(ann, "join", phone, ann.key)
        joined = e.KeysChanged(what="joined", key=id_of(phone), by=who_is(ann).key)
        assert await also_ann.until(e.KeysChanged) == joined
        by_phone = await at_home(there, "Ann", key=phone)
        assert who_is(by_phone).key == who_is(ann).key
        await carry_out(ann, "revoke", phone, ann.key)
        assert (await by_phone.to_the_end())[-1] == REVOKED


async def test_what_is_held_against_either_of_two_who_are_one_holds_in_rooms_of_the_others(
    tmp_path: Path, url: str
) -> None:
    keys = Keys()
    async with two_servers(tmp_path, url) as (here, there):
        for room in ("standup", "retro"):
            await take_room(there, room)
        host = await there.client(intent="host")
        banned = await there.client(name="Desktop", key=keys["desktop"])
        await host.do(c.Ban(id=banned.id, reason="spam"))
        laptop = await there.client(name="Laptop", key=keys["laptop"])
        hers = there.room("retro")
        owner = await there.client(hers, intent="host", name="Desktop", key=keys["desktop"])
        await there.store.flushed()
        await until(lambda: here.hub.identities.has_met(keys.id("laptop")))
        await keys.carry_out(here, "unite", "desktop", "laptop")
        await laptop.until(e.RoomLeft)
        await owner.to_the_end()  # it is another person's key now
        for key in ("desktop", "laptop"):
            with pytest.raises(Turned, match="banned"):
                await there.client(key=keys[key])
        [(who, place)] = there.hub.identities.withheld()
        assert (who.key, place.partition("@")[0]) == (keys.id("laptop"), "room/retro")
        with pytest.raises(Turned, match="room_taken"):
            await there.client(hers, intent="host", key=keys["laptop"])
        assert await there.hub.identities.agree(who.key, place)
        again = await there.client(hers, intent="host", key=keys["desktop"])
        assert again.view.role == "host"


async def test_a_key_that_splits_off_stays_silenced_in_rooms_of_the_others(
    tmp_path: Path, url: str
) -> None:
    keys = Keys()
    async with two_servers(tmp_path, url) as (here, there):
        await take_room(there, "standup")
        host = await there.client(intent="host")
        ann = await there.client(name="Laptop", key=keys["laptop"])
        await there.bring_on_stage(host, ann)
        await host.do(c.Silence(id=ann.id))
        await keys.carry_out(here, "join", "phone", "laptop")
        await keys.carry_out(here, "split", "phone", "phone")
        room = there.hub.room("standup")
        assert room is not None
        await until(lambda: room.state.silences.keys() == {keys.id("laptop"), keys.id("phone")})


async def take_room(server: RunningServer, name: str) -> None:
    """Let a server have a room, as one of a cluster does before it opens one."""
    fences = server.store.fences
    assert fences is not None
    await fences.take_room(name, await fences.next_fence())


async def test_what_is_proven_is_shown_on_the_others(tmp_path: Path, url: str) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann = await at_home(here, "Ann")
        me = who_is(ann)
        mine, theirs = opened(here).claims.book, opened(there).claims.book
        proven = mine.record(me, OwnDomain("acme.example"), me.key)
        await until(lambda: theirs.badges_of(me) == (proven.badge,))
        mine.perform(WithdrawOwn(person=me.id, id=proven.id))
        await until(lambda: theirs.badges_of(me) == ())


async def test_of_servers_that_begin_at_once_one_has_the_first_host_token(
    tmp_path: Path, url: str
) -> None:
    admitted: dict[str, bool] = {}

    async def begin(server: RunningServer, token: str) -> None:
        admitted[token] = await server.hub.admit_first_hosts(token)

    async with two_servers(tmp_path, url) as (here, there):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(begin, here, "token of here")
            nursery.start_soon(begin, there, "token of there")
        assert sorted(admitted.values()) == [False, True]
        await until(lambda: here.hub.has_host_tokens and there.hub.has_host_tokens)
        for server in (here, there):
            assert {each: server.hub.is_host_token(each) for each in admitted} == admitted


async def test_who_joins_at_once_on_two_servers_is_in_nobodys_way(tmp_path: Path, url: str) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, ben, eve = [
            await at_home(server, name)
            for server, name in ((here, "Ann"), (here, "Ben"), (there, "Eve"))
        ]
        id = await founded(ann)
        await until(lambda: opened(there).communities.owners_of(id) != [])
        joining = c.JoinCommunity(community=id, ref=99)
        answers = await at_once(url, (here, there), {ben: joining, eve: joining})
        assert [type(each) for each in answers] == [e.Done] * 2
        for each in (ben, eve):
            for server in (here, there):
                communities, who = opened(server).communities, who_is(each).id
                await until(functools.partial(communities.is_member, who, id))


async def at_once(
    url: str, servers: Servers, commands: dict[Client, c.HomeCommand]
) -> list[e.Done | e.Refused]:
    """Let people do something before a server hears of the other; return what comes of it."""
    with locked_tables(url):
        for client, command in commands.items():
            client.send(command)
        await until(lambda: all(each.store.waiting > 0 for each in servers))
    return [
        await client.until(e.Done | e.Refused, lambda answer: answer.ref == 99)
        for client in commands
    ]


async def test_a_name_or_a_room_that_two_communities_take_at_once_is_of_one(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, eve = await at_home(here, "Ann"), await at_home(there, "Eve")
        ids: dict[Client, str] = {}
        for client, name in ((ann, "Ant Folk"), (eve, "Ewe Folk")):
            shown = await client.question(c.FoundCommunity(name=name), e.CommunityShown)
            ids[client] = shown.community.id
        await until(lambda: all(len(opened(each).communities) == 2 for each in (here, there)))
        naming: dict[Client, c.HomeCommand] = {
            client: c.DescribeCommunity(community=id, name="Bee Folk", ref=99)
            for client, id in ids.items()
        }
        adding: dict[Client, c.HomeCommand] = {
            client: c.AddCommunityRoom(community=id, room="standup", ref=99)
            for client, id in ids.items()
        }
        for commands in (naming, adding):
            answers = await at_once(url, (here, there), commands)
            assert {type(each) for each in answers} == {e.Done, e.Refused}
        standings = [each.hub.standings for each in (here, there)]
        await until(lambda: all(each.community_of("standup") for each in standings))
        assert len({each.community_of("standup") for each in standings}) == 1


async def test_who_joins_a_community_as_it_is_closed_leaves_nothing_of_it(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, eve = await at_home(here, "Ann"), await at_home(there, "Eve")
        id = await founded(ann)
        await until(lambda: opened(there).communities.owners_of(id) != [])
        joining, closing = (
            command(community=id, ref=99) for command in (c.JoinCommunity, c.CloseCommunity)
        )
        closed, _ = await at_once(url, (here, there), {ann: closing, eve: joining})
        assert isinstance(closed, e.Done)
        await until(lambda: not opened(there).communities.related(who_is(eve).id))
        with psycopg.connect(url) as database:
            assert database.execute("SELECT * FROM community_people").fetchall() == []
        refused = await eve.ask(c.JoinCommunity(community=id))
        assert isinstance(refused, e.Refused)
        assert refused.code == "no_such_community"


async def test_of_two_owners_who_leave_at_once_one_stays(tmp_path: Path, url: str) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, eve = await at_home(here, "Ann"), await at_home(there, "Eve")
        id = await founded(ann)
        await until(lambda: opened(there).communities.owners_of(id) != [])
        await insist(eve, c.JoinCommunity(community=id))
        await until(lambda: opened(here).communities.is_member(who_is(eve).id, id))
        await insist(ann, c.SetCommunityRole(community=id, person=who_is(eve).id, role="owner"))
        await until(lambda: len(opened(there).communities.owners_of(id)) == 2)
        with locked_tables(url):
            for each in (ann, eve):
                each.send(c.LeaveCommunity(community=id, ref=99))
            # Each server has decided by what it knows, and PostgreSQL lets one of them be right.
            await until(lambda: here.store.waiting > 0 and there.store.waiting > 0)
        answers = [
            await each.until(e.Done | e.Refused, lambda answer: answer.ref == 99)
            for each in (ann, eve)
        ]
        assert {type(each) for each in answers} == {e.Done, e.Refused}
        [refused] = [each for each in answers if isinstance(each, e.Refused)]
        assert "on another server" in refused.text
        await until(lambda: len(opened(here).communities.owners_of(id)) == 1)
        await until(
            lambda: (
                opened(there).communities.owners_of(id) == opened(here).communities.owners_of(id)
            )
        )


async def test_what_concerns_a_person_is_told_them_at_each_server_once(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann, eve = await at_home(here, "Ann"), await at_home(here, "Eve")
        also_eve = await at_home(there, "Eve", key=eve.key)
        id = await founded(ann)
        await eve.do(c.JoinCommunity(community=id))
        who = who_is(eve).id
        await ann.do(c.SetCommunityRole(community=id, person=who, role="moderator"))
        shown = await plan(ann, wish(here, community=id))
        await eve.do(c.AnswerEvent(event=shown.shown.id, answer="yes"))
        version = shown.shown.version
        await ann.do(c.CancelEvent(event=shown.shown.id, version=version, notice="rain"))
        await ann.do(c.BanFromCommunity(community=id, person=who, reason="spam"))
        for each in (eve, also_eve):
            await each.until(e.StandingChanged, lambda news: news.why == "banned")
            told = [
                (one.why, one.text)
                if isinstance(one, e.StandingChanged)
                else (one.kind, one.notice)
                for one in each.got
                if isinstance(one, e.StandingChanged | e.EventNews)
            ]
            assert told == [
                ("role", "you are moderator now"),
                ("cancelled", "rain"),
                ("banned", "you are banned, from its rooms too: spam"),
            ]


async def test_who_is_reminded_is_so_by_the_server_that_they_are_at(
    tmp_path: Path, url: str
) -> None:
    async with two_servers(tmp_path, url) as (here, there):
        ann = await at_home(here, "Ann")
        also_ann = await at_home(there, "Ann", key=ann.key)
        id = (await plan(ann, wish(here, ahead=600.0))).shown.id
        await ann.do(c.SetReminder(minutes=5))
        await until(lambda: there.calendar.planned.look_up(id) is not None)
        await until(lambda: there.calendar.feeds.remind_of(who_is(ann).id) == 5)
        now = here.clock.now()
        for server in (here, there):
            server.calendar.remind(now, now + 600)
        for each in (ann, also_ann):
            await each.until(e.EventReminder)
            await each.do(c.SetReminder(minutes=10))
        await until(lambda: here.calendar.feeds.remind_of(who_is(ann).id) == 10)
        for each in (ann, also_ann):
            await each.question(c.ListEvents(), e.EventsListed)
            assert sum(isinstance(one, e.EventReminder) for one in each.got) == 1
