"""Tests that a database of every shape that the tables have had is read by today's server."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from roomcli.protocol.commands import communities as cc
from roomcli.protocol.commands.ties import ListTies
from roomcli.protocol.events import communities as ce
from roomcli.protocol.events.ties import TiesPage
from roomcli.protocol.people import Person
from server.calendar.rules import attendance, occurrences
from server.communities.desk import CommunityDesk
from server.communities.directory import CommunityDirectory
from server.people.ties.desk import TiesDesk
from server.rooms.restoring import restored_room
from server.rooms.rules import DEFAULT_LIMITS
from server.rooms.shares import Shares
from server.store import Store
from server.store.sqlite import open_store
from server.store.sqlite.schema import MIGRATIONS, open_database

from .old_databases import NOW, SHAPES, load, print_of

FILE = "roomcli.sqlite3"
WRITTEN = (
    "9e4917c3",
    "6ad57a24",
    "52bb252f",
    "dce1bb3c",
    "966e44b9",
    "8246527d",
    "c53c1106",
    "3f778f72",
    "f7d586dc",
    "a5ca5925",
    "ba70658f",
    "8726ba39",
    "565ed687",
    "0e727778",
)
"""The first characters of the SHA-256 of every script that some database has run."""


def shape(folder: Path) -> list[tuple[Any, ...]]:
    """Return the tables of a database, and their version, once it is brought up to date."""
    open_database(folder / FILE).close()
    with contextlib.closing(sqlite3.connect(folder / FILE)) as database:
        tables = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        version = database.execute("PRAGMA user_version").fetchall()
        return [*version, *database.execute(tables).fetchall()]


def test_scripts_are_only_appended() -> None:
    hashes = tuple(hashlib.sha256(each.encode()).hexdigest()[:8] for each in MIGRATIONS)
    assert hashes[: len(WRITTEN)] == WRITTEN, "a script that ran somewhere must not change"
    assert len(SHAPES) == len(WRITTEN), "every shape has a database of its time here"


@pytest.mark.parametrize(("number", "commit"), list(enumerate(SHAPES, 1)))
async def test_a_database_of_every_shape_is_brought_up_to_date_with_its_rooms(
    tmp_path: Path, number: int, commit: str
) -> None:
    path = load(commit, tmp_path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (number,)
    (tmp_path / "new").mkdir()
    assert shape(tmp_path) == shape(tmp_path / "new")
    async with open_store(tmp_path) as store:
        assert await store.rooms.names() == ["side-room", "standup"]
        standup = await restored_room(store, "standup", NOW, DEFAULT_LIMITS)
        assert standup.owner == print_of("Ann")
        roles = {each.key: each.role for each in store.seats.of_room("standup").values()}
        assert (roles[print_of("Ann")], roles[print_of("Ben")]) == ("host", "speaker")
        if number > 1:  # the first server kept no more
            assert {each.reason for each in standup.bans.values()} == {"sells watches", "for good"}
            assert [each.number for each in standup.chat] == [1, 2, 4]
            assert standup.log_count == 12
        await kept_of_people(store, number)


async def kept_of_people(store: Store, number: int) -> None:
    """Check what the tables held that came with people, communities and events."""
    ann, ben, dan = (store.people.id_of(print_of(name)) for name in ("Ann", "Ben", "Dan"))
    with_community = number >= 11
    if number >= 8:
        events = {each.plan.title: each for each in await store.calendar.load()}
        talks, quiet = events["Talks of bees"], events["Quiet"]
        assert (talks.plan.organisers, quiet.cancelled, quiet.notice) == ((ann,), True, "ill")
        assert talks.exceptions["2027-01-05"].moved_to == "2027-01-06T18:30"
        december, january = list(occurrences(talks, NOW, NOW + 45 * 86400.0))
        assert (december.day, january.moved) == ("2026-12-01", True)
        coming = attendance(talks, "2026-12-01")
        assert (coming.seated, len(coming.waiting)) == ((ben,), 1)
        assert talks.plan.room == ("hive" if with_community else "talks")
        assert (await store.calendar.load_choices())[ben].remind == 30
    if number >= 9:
        profile = store.profiles.of_person(ann)
        assert profile is not None
        assert (profile.name, profile.company) == ("Ann Ö.", "Acme")
    if number >= 10:
        keys = {each.id: [key.id for key in each.keys] for each in store.keyrings.everybody()}
        assert keys == {print_of("Ann"): [print_of("Ann"), print_of("Ann-laptop")]}
    if with_community:
        await kept_of_communities(store, ann, ben, dan)
    if number >= 13:
        claims = sorted(store.claims.all_kept(), key=lambda each: each.id)
        assert [type(each.fact).__name__ for each in claims] == ["ForgeAccount", "MailBox"]
    if number >= 14:
        ties = TiesDesk(store, lambda: NOW, lambda person, event: None)
        for question, whom in ((ListTies(), ann), (ListTies(of="blocked"), dan)):
            (page,) = await ties.carry_out(Person(ben, "Ben"), question)
            assert isinstance(page, TiesPage)
            assert [each.id for each in page.people] == [whom]


async def kept_of_communities(store: Store, ann: str, ben: str, dan: str) -> None:
    """Check that Ann's community goes on as it was."""
    directory = CommunityDirectory(store, lambda: NOW)
    await directory.restore()
    assert len(directory) == 2
    nothing: Any = SimpleNamespace()
    desk = CommunityDesk(directory, store, nothing, nothing, lambda: NOW, Shares())
    (mine,) = directory.mine(ann)
    (shown,) = await desk.carry_out(Person(ben, "Ben"), cc.ShowCommunity(community=mine.id))
    assert isinstance(shown, ce.CommunityShown)
    bees = shown.community
    assert (bees.name, bees.rules, bees.you) == ("Bee Folk", ("be kind",), "moderator")
    assert (bees.rooms, bees.applications, bees.members) == (("hive",), 1, 2)
    ban = directory.standing(mine.id, dan).ban
    assert ban is not None
    assert ban.reason == "sells watches"
    (log,) = await desk.carry_out(Person(ben, "Ben"), cc.ReadCommunityLog(community=mine.id))
    assert isinstance(log, ce.CommunityLog)
    assert [each.action for each in log.entries][:2] == ["found_community", "accept_application"]
