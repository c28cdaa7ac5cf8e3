"""Test that nothing that the server keeps of a person is forgotten when they become another one."""

from __future__ import annotations

from pathlib import Path

from roomcli.protocol import commands as c
from roomcli.protocol.people import BanNotice, Person, SilenceNotice
from roomcli.protocol.profile import Profile
from roomcli.protocol.settings import RoomSettings
from server.calendar.rules import Plan
from server.calendar.rules.journal import EventAnswered, EventPlanned, SightLost
from server.communities.rules import Community, CommunityBan
from server.communities.rules import journal as cj
from server.communities.rules.state import Application, PersonalInvitation
from server.people.claims.state import OwnDomain
from server.rooms.rules import journal as j
from server.store.calendar import CalendarChoices
from server.store.reports import FiledReport

from ...support.raw_store import database_of
from ...support.serving import RunningServer, serving
from .test_identities import Keys, come, me

NAME_NOBODY = {"clock", "invites", "communities"}
"""The tables that name no person, neither by id nor by key."""
STAYS = {
    ("people", "id"): "what stays names them, until nothing does",
    ("people", "key"): "the same",
    ("keyrings", "key"): "it is a key of the other now",
    ("claims", "key"): "the key through which it was proven",
    ("chat", "id"): "a message is as it was sent, and goes with its room",
    ("moderation_log", "id"): "it is chained, and never rewritten",
    ("moderation_log", "key"): "the same",
    ("reports", "id"): "evidence is about who they were then",
    ("reports", "key"): "the same; reports are found by all keys of a person",
    ("bans", "id"): "the other is banned as well, and this key stays so",
    ("bans", "key"): "the same",
    ("silences", "id"): "the other is silenced as well, and this key stays so",
    ("silences", "key"): "the same",
    ("rooms", "key"): "the other is turned away as well",
}
"""Where somebody is still named who is another person now, and why."""


async def named_in(server: RunningServer, person: Person) -> set[tuple[str, str]]:
    """Return the tables that name a person, and whether by id or by key."""
    database = database_of(server.store)
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    found = set()
    for (table,) in await database.query(tables):
        kept = repr(await database.query(f"SELECT * FROM {table}"))
        found |= {(table, "id")} if person.id in kept else set()
        found |= {(table, "key")} if person.key in kept else set()
        found |= {(table, "")}
    return found


async def fill(server: RunningServer, one: Person, other: Person) -> None:
    """Let every table name the first person, in every way that there is."""
    store, now = server.store, server.hub.now()
    assert server.desks is not None
    desks = server.desks
    ban = BanNotice(person=one.id, key=one.key, name=one.name, at=now)
    store.bans.save("lounge", "f" * 32, ban)
    silence = SilenceNotice(person=one.id, key=one.key, name=one.name, at=now)
    store.silences.save("lounge", "f" * 32, silence)
    store.reports.save(
        FiledReport(
            id="r1",
            room="lounge",
            opened_at=now,
            at=now,
            reporter=other,
            reported=one,
            reason="other",
            note="",
            settings=RoomSettings(),
            stage=(),
            audience=0,
        )
    )
    store.profiles.save(one.id, Profile(name="Ada"))
    for kind in ("follows", "blocks"):
        store.ties.tie(one.id, kind, other.id, now)
        store.ties.tie(other.id, kind, one.id, now)
    store.ties.tie(one.id, "community", "c0", now)
    desks.claims.book.record(one, OwnDomain("ada.example"), one.key)
    relations: tuple[cj.CommunityJournal, ...] = (
        cj.MemberJoined(person=one.id, at=now),
        cj.Applied(person=one.id, application=Application(at=now, note="")),
        cj.InvitedToJoin(person=one.id, invitation=PersonalInvitation(at=now, by=other.id)),
        cj.KeptOut(person=one.id, ban=CommunityBan(notice=ban)),
    )
    for number, relation in enumerate(relations):
        community = Community(id=f"c{number}", name=f"C{number}")
        founded = cj.MemberJoined(person=other.id, at=now, role="owner")
        desks.communities.apply(community, (founded, relation))
    for number, by in enumerate((one, other, other, other)):
        id, is_named = f"e{number}", number in (1, 2)
        plan = Plan(
            title="T",
            start="2030-01-01T10:00",
            zone="UTC",
            organisers=(by.id,),
            speakers=(one.id,) if is_named else (),
            invited=(one.id,) if is_named else (),
            visibility="private",
        )
        record, by_id = desks.calendar.planned.record, by.id
        in_vain = (one.id,) if number == 2 else ()
        planned = record(
            None, [EventPlanned(id=id, by=by_id, at=now, plan=plan, in_vain=in_vain)], now
        )
        answer = EventAnswered(id=id, by=one.id, at=now, day="", reply="yes")
        planned = record(planned, [answer], now)
        if number == 3:
            record(planned, [SightLost(id=id, by="", at=now, people=(one.id,))], now)
    desks.calendar.feeds.choose(one.id, CalendarChoices(remind=45, feed="a" * 64))
    (room,) = server.hub.open_rooms()
    room.apply([j.KeptAtDoor(key=one.key, until=now + 900, times=1)])


async def test_whoever_is_another_person_now_is_named_nowhere_but_where_that_is_right(
    tmp_path: Path,
) -> None:
    """Whoever adds a table of people lets it follow their keys, or says above why it does not."""
    keys = Keys()
    async with serving(tmp_path) as server:
        ada = await come(server, keys, "desktop", intent="host")
        bob, laptop = await come(server, keys, "bob"), await come(server, keys, "laptop")
        one, other, into = me(ada), me(bob), me(laptop)
        await ada.do(c.Chat(text="hello"), c.Lock())
        await keys.carry_out(server, "join", "phone", "desktop")
        await fill(server, one, other)
        before = await named_in(server, one)
        tables = {table for table, _ in before}
        named = {table for table, how in before if how}
        assert tables - named == NAME_NOBODY, "a table is not filled by this test"
        await keys.carry_out(server, "unite", "desktop", "laptop")
        after = {each for each in await named_in(server, one) if each[1]}
        assert after == STAYS.keys()
        named = {table for table, how in await named_in(server, into) if how}
        moved = {"profiles", "ties", "claims", "community_people", "calendar_events"}
        moved |= {"calendar_named", "calendar_answers", "calendar_people", "rooms"}
        assert moved <= named
