"""Tests of what goes out of sight when a community changes: in feeds, on pages, on the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.calendar.rules.state import SHOW_HIDDEN

from ...support.serving import Client, RunningServer, serving
from .test_desk import at_home, plan, wish

SECRETS = (b"SUMMARY", b"Vigil", b"Candles", b"cellar", b"DESCRIPTION", b"LOCATION")


class Evening:
    """A community of Ann's with something planned, and those who come to it, with their feeds."""

    def __init__(self, server: RunningServer, ann: Client, club: str, id: str) -> None:
        self.server, self.ann, self.club, self.id = server, ann, club, id
        self._feeds: dict[Client, str] = {}

    async def come(self, client: Client, *, member: bool) -> None:
        """Let somebody become a member, or not, and say that they come."""
        if member:
            await client.do(c.JoinCommunity(community=self.club))
        made: e.FeedMade = await client.question(c.MakeFeed(), e.FeedMade)
        self._feeds[client] = made.path
        await client.do(c.AnswerEvent(event=self.id, answer="yes"))
        assert b"Vigil" in await self.feed(client)

    async def feed(self, client: Client) -> bytes:
        """Return what somebody's own feed holds."""
        return await self.server.exchange(get(self._feeds[client]))

    async def is_cancelled_without_text(self, client: Client, *, told: bool = True) -> None:
        """Check what somebody's feed, and they themselves, are told."""
        feed = await self.feed(client)
        assert f"UID:{self.id}@roomcli".encode() in feed
        assert b"STATUS:CANCELLED" in feed
        assert b"SEQUENCE:2" in feed
        assert not [each for each in SECRETS if each in feed]
        await client.do(c.ListTies())
        news = [each for each in client.got if isinstance(each, e.EventNews)]
        assert [(each.kind, each.occurrence.title, each.notice) for each in news] == (
            [("cancelled", "", "")] if told else []
        )
        if told:
            row = news[0].occurrence
            assert (row.event, row.cancelled) == (self.id, True)
            assert (row.host, row.room, row.community) == ("", "", "")

    async def coming(self) -> int:
        """Return how many have a seat."""
        shown: e.EventShown = await self.ann.question(c.ShowEvent(event=self.id), e.EventShown)
        return shown.upcoming[0].coming


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def evening(server: RunningServer, *, hidden: bool, visibility: str = "public") -> Evening:
    """Let Ann found a community, and plan something there."""
    ann, _ = await at_home(server, "Ann")
    founding = c.FoundCommunity(name="Readers", hidden=hidden)
    founded: e.CommunityShown = await ann.question(founding, e.CommunityShown)
    club = founded.community.id
    fields: dict[str, Any] = {
        "title": "Vigil",
        "agenda": ("Candles",),
        "room": "cellar",
        "visibility": visibility,
    }
    shown = await plan(ann, wish(server, community=club, **fields))
    return Evening(server, ann, club, shown.shown.id)


async def test_for_who_is_banned_or_removed_or_leaves_it_is_cancelled(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        it = await evening(server, hidden=False, visibility="community")
        people = {name: await at_home(server, name) for name in ("Ben", "Cat", "Dan", "Eve")}
        for client, _ in people.values():
            await it.come(client, member=True)
        assert await it.coming() == 4
        clients = {name: client for name, (client, _) in people.items()}
        ids = {name: id for name, (_, id) in people.items()}
        await it.ann.do(c.BanFromCommunity(community=it.club, person=ids["Ben"]))
        await it.is_cancelled_without_text(clients["Ben"])
        assert await it.coming() == 3, "a seat is free"
        for client in (clients["Cat"], clients["Dan"], clients["Eve"]):
            assert b"STATUS:CONFIRMED" in await it.feed(client)
        await it.ann.do(c.RemoveMember(community=it.club, person=ids["Cat"]))
        await clients["Dan"].do(c.LeaveCommunity(community=it.club))
        for name in ("Cat", "Dan"):
            feed = await it.feed(clients[name])
            assert (b"STATUS:CANCELLED" in feed, b"Vigil" in feed) == (True, False)
        await clients["Dan"].do(c.ListTies())
        assert not [each for each in clients["Dan"].got if isinstance(each, e.EventNews)]
        await clients["Dan"].do(c.JoinCommunity(community=it.club))
        await clients["Dan"].do(c.AnswerEvent(event=it.id, answer="yes"))
        feed = await it.feed(clients["Dan"])
        assert (b"STATUS:CONFIRMED" in feed, b"STATUS:CANCELLED" in feed) == (True, False)
        await it.ann.do(c.CloseCommunity(community=it.club))
        assert b"STATUS:CANCELLED" in await it.feed(clients["Eve"])
        server.pass_time(SHOW_HIDDEN + 1)
        assert it.id.encode() not in await it.feed(clients["Ben"])


async def test_a_community_that_is_hidden_is_gone_at_once_and_cancelled_for_who_came(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        it = await evening(server, hidden=False)
        (ben, _), (cat, _) = await at_home(server, "Ben"), await at_home(server, "Cat")
        await it.come(ben, member=False)
        await it.come(cat, member=True)
        paths = [f"/c/{it.club}.ics", f"/c/{it.club}/events.atom", f"/c/{it.club}"]
        paths += [f"/e/{it.id}.ics", f"/e/{it.id}"]
        for path in paths:
            assert (await server.exchange(get(path))).startswith(b"HTTP/1.1 200 "), path
        await it.ann.do(c.DescribeCommunity(community=it.club, hidden=True))
        nothing = await server.exchange(get(f"/c/{'0' * 16}.ics"))
        for path in paths:
            assert await server.exchange(get(path)) == nothing, path
        assert it.id.encode() not in await server.exchange(get("/events.atom"))
        await it.is_cancelled_without_text(ben)
        assert b"STATUS:CONFIRMED" in await it.feed(cat)
        assert b"Vigil" in await it.feed(cat)


async def test_what_only_a_hidden_community_knew_is_cancelled_for_who_leaves(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        it = await evening(server, hidden=True)
        ben, ben_id = await at_home(server, "Ben")
        await it.ann.do(c.InviteToCommunity(community=it.club, person=ben_id))
        await it.come(ben, member=True)
        await ben.do(c.LeaveCommunity(community=it.club))
        await it.is_cancelled_without_text(ben, told=False)
        await ben.do(c.DeleteProfile())
        assert ben_id not in repr(await server.store.calendar.load())
