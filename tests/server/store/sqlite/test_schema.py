"""Tests that databases of older versions are brought up to date, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from roomcli.errors import ConfigError
from roomcli.frontends.words.log_words import entry_line
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import LogEntry, first_fault
from roomcli.protocol.settings import RoomSettings
from server import clock
from server.rooms.restoring import restored_room
from server.rooms.rules import DEFAULT_LIMITS, RoomState
from server.rooms.rules.kept import KeptRoom
from server.store import Seat
from server.store.sqlite import open_store, schema
from server.store.sqlite.schema import MIGRATIONS, open_database

from .... import ROOT
from ....support.evidence import ANN
from ....support.raw_store import database_of
from ....support.serving import Client, serving
from .killed_openings import NEXT
from .old_databases import COMMITS, NOW, dump, key_of, load, print_of

FILE = "roomcli.sqlite3"
LOG = "SELECT room, opened_at, number, at, entry FROM moderation_log ORDER BY room, number"


def brought_up_to_date(folder: Path) -> list[str]:
    """Open and close the store as a server does, and return what is in its database then."""
    open_database(folder / FILE).close()
    return dump(folder / FILE)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    with contextlib.closing(sqlite3.connect(folder / FILE)) as database:
        return database.execute(query).fetchall()


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the files of a folder by their names, with what changes when one is written."""
    return {each.name: (each.stat().st_ino, each.stat().st_mtime_ns) for each in folder.iterdir()}


def killed_openings(template: Path, folder: Path) -> list[Path]:
    """Kill an opening before each of its statements, and return where each left its database."""
    folder.mkdir()
    program = "tests.server.store.sqlite.killed_openings"
    run = subprocess.run(
        [sys.executable, "-m", program, str(template), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return sorted(folder.iterdir(), key=lambda each: int(each.name))


@pytest.mark.parametrize("commit", COMMITS)
async def test_what_an_older_server_kept_is_all_there(tmp_path: Path, commit: str) -> None:
    load(commit, tmp_path)
    async with open_store(tmp_path) as store:
        assert await store.rooms.names() == ["side-room", "standup"]
        standup = await restored_room(store, "standup", NOW, DEFAULT_LIMITS)
        side_room = await restored_room(store, "side-room", NOW, DEFAULT_LIMITS)
        assert standup.owner == print_of("Ann")
        assert standup.settings.topic == "Überblick: what broke, and why"
        assert (standup.access, standup.locked, bool(standup.password)) == ("open", False, True)
        assert (side_room.access, side_room.locked, side_room.password) == ("invite", True, "")
        assert invites(standup) == [("cohost", 2), ("listener", None)]
        assert invites(side_room) == [("listener", None), ("speaker", 3)]
        assert {each.key: each.role for each in store.seats.of_room("standup").values()} == {
            print_of("Ann"): "host",
            print_of("Ben"): "speaker",
            print_of("Carla"): "cohost",
            print_of("Fay"): "speaker",
        }
        assert [(each.number, each.text) for each in standup.chat] == [
            (1, "welcome, all"),
            (2, "that is rather loud <b>&</b> 👍"),
            (4, "hello from Eve"),  # the third was removed
        ]
        assert standup.chat_count == 4
        assert set(standup.silences) == {print_of("Ben")}
        assert {each.key: each.reason for each in standup.bans.values()} == {
            print_of("Dan"): "sells watches",
            print_of("Eve"): "for good",
        }
        assert store.bans.from_server(print_of("Eve"), NOW) is not None
        assert store.bans.from_server(print_of("Dan"), NOW) is None
        assert (standup.log_count, side_room.log_count) == (12, 3)
        spam, harassment = [
            await store.reports.find(each.id) for each in await store.reports.page(open_only=False)
        ]
        for report, reason in ((spam, "spam"), (harassment, "harassment")):
            assert report is not None
            assert report.reason == reason
            assert report.evidence is not None
            assert len(report.evidence.frames) > 40
            assert [each.number for each in report.evidence.chat][:2] == [1, 2]
        assert [each.reason for each in await store.reports.page(open_only=True)] == ["spam"]
        assert harassment is not None
        assert harassment.resolution is not None
        assert harassment.resolution.note == "spoke to Ben"
        assert abs(await store.latest_time.load() - NOW) < 600
    [(token,)] = rows(tmp_path, "SELECT token_hash FROM invites")
    async with open_store(tmp_path) as store:
        assert store.host_tokens.is_valid(str(token), NOW)


def invites(room: RoomState) -> list[tuple[str, int | None]]:
    """Return role and uses of each invite to a room."""
    return sorted((each.invite.role, each.invite.uses) for each in room.room_invites.values())


async def test_what_version_1_had_is_taken_over(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as old:
        old.executescript(MIGRATIONS[0])
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO rooms VALUES ('standup', 'invite', 1, 7.0, NULL)")
        old.execute("INSERT INTO rooms VALUES ('hostless', 'open', 0, 8.0, NULL)")
        old.execute("INSERT INTO rooms VALUES ('ended', 'open', 0, 1.0, 2.0)")
        old.execute("INSERT INTO hosts VALUES ('standup', ?)", (ANN.key,))
        old.execute("INSERT INTO seats VALUES ('h', 'standup', 'b', 'k', 'speaker', 1, NULL, 9.0)")
        old.execute("INSERT INTO invites VALUES ('room', 'standup', 'listener', 9.0)")
        old.execute("INSERT INTO invites VALUES ('any', '*', 'host', 9.0)")
    old.close()
    async with open_store(tmp_path) as store:
        taken = KeptRoom(
            name="standup",
            access="invite",
            locked=True,
            opened_at=7.0,
            owner=ANN.key,
            settings=RoomSettings(),
            password="",
            room_invites={},
        )
        assert await store.rooms.load("standup") == taken
        assert (await store.rooms.load("hostless")).owner == ""
        assert await store.rooms.names() == ["hostless", "standup"]
        assert store.seats.find("h", 8.0) == Seat(
            "h", "standup", "b", "k", "", "speaker", None, 9.0, signer="k"
        )
        assert store.host_tokens.is_valid("any", 8.0)
        assert not store.host_tokens.is_valid("room", 8.0)
        assert await database_of(store).query("PRAGMA user_version") == [(len(MIGRATIONS),)]


@pytest.mark.parametrize("commit", COMMITS)
def test_the_tables_are_those_of_a_new_database(tmp_path: Path, commit: str) -> None:
    (tmp_path / "new").mkdir()
    load(commit, tmp_path)
    for folder in (tmp_path, tmp_path / "new"):
        brought_up_to_date(folder)
        assert rows(folder, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert rows(tmp_path, query) == rows(tmp_path / "new", query)


@pytest.mark.parametrize("commit", COMMITS)
def test_a_copy_is_kept_of_what_was_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: str
) -> None:
    path = load(commit, tmp_path)
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, NEXT))
    before = dump(path)
    [(version,)] = rows(tmp_path, "PRAGMA user_version")
    after = brought_up_to_date(tmp_path)
    copy = tmp_path / f"{FILE}.version-{version}"
    assert dump(copy) == before != after
    assert copy.stat().st_mode & 0o777 == 0o600
    assert set(files(tmp_path)) == {FILE, copy.name}

    copy.rename(path)  # as docs/self-hosting.md says, and with the newer roomcli again
    assert brought_up_to_date(tmp_path) == after
    assert dump(copy) == before


@pytest.mark.parametrize("commit", COMMITS)
def test_what_is_up_to_date_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: str
) -> None:
    load(commit, tmp_path)
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, NEXT))
    once, found = brought_up_to_date(tmp_path), files(tmp_path)
    content = (tmp_path / FILE).read_bytes()
    assert brought_up_to_date(tmp_path) == once
    assert (tmp_path / FILE).read_bytes() == content
    assert files(tmp_path) == found


@pytest.mark.parametrize("commit", COMMITS)
def test_a_start_that_is_killed_is_made_good_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: str
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, NEXT))
    template, whole = tmp_path / "template", tmp_path / "whole"
    for folder in (template, whole):
        folder.mkdir()
        load(commit, folder)
    before = dump(template / FILE)
    after = brought_up_to_date(whole)
    left = killed_openings(template, tmp_path / "killed")
    assert len(left) > 5
    for folder in left:
        assert dump(folder / FILE) in (before, after)
        assert brought_up_to_date(folder) == after, folder.name
        assert set(files(folder)) == set(files(whole))


def test_a_first_start_that_is_killed_is_made_good_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, NEXT))
    (tmp_path / "nothing").mkdir()
    left = killed_openings(tmp_path / "nothing", tmp_path / "killed")
    assert len(left) > len(MIGRATIONS)
    after = brought_up_to_date(tmp_path / "nothing")
    for folder in left:
        assert brought_up_to_date(folder) == after, folder.name
        assert set(files(folder)) == {FILE}


@pytest.mark.parametrize("commit", COMMITS)
async def test_a_change_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: str
) -> None:
    path = load(commit, tmp_path)
    before = dump(path)
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, f"{NEXT} DROP TABLE nowhere;"))
    with pytest.raises(ConfigError, match="nowhere") as refused:
        async with open_store(tmp_path):
            pass
    assert "\n" not in str(refused.value)
    assert dump(path) == before


async def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(ConfigError, match="newer"):
        async with open_store(tmp_path):
            pass


async def test_an_older_roomcli_says_that_the_store_is_of_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = load(COMMITS[-1], tmp_path)
    brought_up_to_date(tmp_path)
    with monkeypatch.context() as newer:
        newer.setattr(schema, "MIGRATIONS", (*MIGRATIONS, NEXT))
        after = brought_up_to_date(tmp_path)
    copy = path.with_name(f"{FILE}.version-{len(MIGRATIONS)}")
    for way_back in (copy.name, "use that one"):
        with pytest.raises(ConfigError, match=r"of a newer roomcli") as refused:
            async with open_store(tmp_path):
                pass
        assert str(path) in str(refused.value)
        assert way_back in str(refused.value)
        assert "\n" not in str(refused.value)
        assert dump(path) == after
        copy.unlink(missing_ok=True)


async def test_a_log_of_before_goes_on_as_one_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("6dbfb9f", tmp_path)
    # Dan is banned for a day.
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: NOW))
    before = rows(tmp_path, LOG)
    async with serving(tmp_path) as server:
        ann = await server.client(key=key_of("Ann"), intent="host", name="Ann")
        await ann.do(c.Lock(), c.Chat(text="we go on"), c.Unlock())
        await ann.question(c.MakeRoomInvite(role="speaker"), e.RoomInviteMade)
        await ann.do(c.Unban(key=print_of("Dan")))
        entries, opened_at = await whole_log(ann)
        await server.store.flushed()
    assert first_fault(entries, "standup", opened_at) is None
    assert [each.action for each in entries[:4]] == [
        "open_room",
        "change_settings",
        "make_invite",
        "make_invite",
    ]
    assert [each.action for each in entries[12:]][-4:] == [
        "lock",
        "unlock",
        "make_room_invite",
        "unban",
    ]
    # What was written then is on disk as it was, byte for byte.
    now = rows(tmp_path, LOG)
    assert [row for row in now if row in before] == before
    assert len(now) == len(before) + len(entries[12:])
    # In words the old names are as good as the new; an unknown one would begin with "Ann: ".
    lines = [entry_line(each) for each in entries]
    assert lines[2] == "Ann made an invite (cohost, 2 uses)"
    assert lines[-2].startswith("Ann made an invite (speaker")
    assert not [line for line in lines if line.startswith("Ann: ")]


async def whole_log(client: Client) -> tuple[list[LogEntry], float]:
    """Read the room's log page by page; return it, and when the room was opened."""
    entries: list[LogEntry] = []
    while True:
        page = await client.question(c.ReadLog(after=len(entries)), e.LogPage)
        entries += page.entries
        if not page.more:
            return entries, page.opened_at
