"""Tests of rooms that belong to a community: who may open them, and who is kept out."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import BanNotice, Person
from server.rooms.standing import NoCommunities, Standing, Standings

from ...support.serving import Client, RunningServer, Turned, serving


class Club:
    """A community whose room is standup; people are in it as the test says."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self.people: dict[str, Standing] = {}
        server.hub.standings = self

    def community_of(self, room: str) -> str:
        return "club" if room == "standup" else ""

    def standing(self, community: str, person: str) -> Standing:
        return self.people.get(person, Standing())

    def shown_name(self, community: str, person: str) -> str:
        return "Club"

    def ban(self, client: Client) -> Person:
        """Ban somebody from now on; return who it is."""
        key = fingerprint(client.key.public_key().public_bytes_raw())
        person = Person(self._server.store.people.id_of(key), "Troll", key=key)
        ban = BanNotice(person=person.id, key=key, name="Troll", at=0.0, reason="spam")
        self.people[person.id] = Standing(ban=ban)
        return person


async def test_who_is_banned_from_the_community_is_put_out_of_its_rooms_and_kept_out(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        club = Club(server)
        host = await server.connected()
        await host.say_hello()
        me = server.store.people.id_of(fingerprint(host.key.public_key().public_bytes_raw()))
        club.people[me] = Standing(role="moderator", may_host=True)
        await host.go_into(intent="host")
        troll = await server.client(name="Troll")
        phone = await server.client(key=troll.key, name="Troll")
        elsewhere = await server.client(server.room("other"), troll.key, intent="host")
        server.hub.put_out_of_community(["standup", "not-open"], club.ban(troll), "spam")
        for seat in (troll, phone):
            (left,) = [each for each in await seat.until_out() if isinstance(each, e.RoomLeft)]
            assert (left.reason, left.text) == ("banned", "the room's community banned you: spam")
        for ticket in (None, troll.joined.ticket):
            with pytest.raises(Turned) as turned:
                await server.client(key=troll.key, ticket=ticket)
            assert turned.value.code == "banned"
        await elsewhere.do(c.Chat(text="still here"))
        page: e.LogPage = await host.question(c.ReadLog(), e.LogPage)
        assert [(each.action, each.actor) for each in page.entries[-1:]] == [("ban", None)]
        assert page.entries[-1].detail == "by the room's community"


async def test_only_whom_the_community_lets_opens_its_rooms(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        club = Club(server)
        codes = []
        for standing in (Standing(), Standing(role="member"), Standing(role="owner")):
            client = await server.connected()
            person = club.ban(client)
            if standing.role is not None:
                club.people[person.id] = standing
            with pytest.raises(Turned) as turned:
                await client.enter(intent="host")
            codes.append(turned.value.code)
        assert codes == ["room_taken"] * 3
        assert server.hub.room("standup") is None
        club.people[person.id] = Standing(role="member", may_host=True)
        await server.client(key=client.key, intent="host")


async def test_where_there_are_no_communities_every_room_is_its_hosts(tmp_path: Path) -> None:
    nowhere: Standings = NoCommunities()
    assert nowhere.community_of("standup") == nowhere.shown_name("club", "ann") == ""
    standing = nowhere.standing("club", "ann")
    assert not (standing.is_member)
    assert not (standing.may_moderate)
    assert not (standing.may_host)
    assert Standing(role="owner").may_moderate
    assert not Standing(role="member").may_moderate
