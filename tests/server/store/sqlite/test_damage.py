"""Tests of a store that is damaged or was copied in use: only what can be read is started."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roomcli.errors import ConfigError, StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import LogEntry, root, sealed
from roomcli.protocol.people import BanNotice, SilenceNotice
from roomcli.protocol.settings import RoomSettings
from server.rooms.restoring import restored_room
from server.rooms.rules import DEFAULT_LIMITS, RoomState
from server.rooms.rules.kept import KeptRoom
from server.store import EVERYWHERE, Seat, Store
from server.store.sqlite import open_store

from ....support.evidence import ANN, BEN, message
from ....support.patience import until
from ....support.serving import Turned, serving

FILE = "roomcli.sqlite3"
PAGE = 4096
BANNED = "f" * 32


def told(lines: list[str]) -> Callable[[str, str], None]:
    """Return a function that collects what the admin is told."""
    return lambda code, text: lines.append(text)


def save_room(store: Store, name: str) -> None:
    """Save a room with something in every table."""
    with store.transaction():
        store.rooms.save(
            KeptRoom(
                name=name,
                access="open",
                locked=False,
                opened_at=7.0,
                owner=ANN.key,
                settings=RoomSettings(topic=name),
                password="",
                room_invites={},
            )
        )
        store.people.save(BEN, 1.0)
        previous = root(name, 7.0)
        for number in range(1, 16):
            entry = LogEntry(number=number, at=7.0, action="lock", target=BEN, previous=previous)
            store.log.append(name, 7.0, sealed(entry))
            previous = sealed(entry).hash
            store.chat.save(name, message(number))
            store.bans.save(name, ANN.key, BanNotice(key=f"{number:032}", name="Ben", at=1.0))
            silence = SilenceNotice(person="ben", key=f"{number:032}", name="Ben", at=1.0)
            store.silences.save(name, ANN.key, silence)
            store.seats.save(
                Seat(
                    ticket_hash=f"{name}{number}",
                    room=name,
                    id=f"id{number}",
                    key=BEN.key,
                    name="Ben",
                    role="listener",
                    hand_at=None,
                    expires_at=1e12,
                )
            )


async def restored(folder: Path) -> tuple[dict[str, RoomState | str], bool, list[str]]:
    """Restore a folder: its rooms or their faults, whether the ban holds, and what is told."""
    rooms: dict[str, RoomState | str] = {}
    lines: list[str] = []
    async with open_store(folder, told(lines)) as store:
        for name in await store.rooms.names():
            try:
                rooms[name] = await restored_room(store, name, 9.0, DEFAULT_LIMITS)
            except StoreError as error:
                rooms[name] = str(error)
        return rooms, store.bans.from_server(BANNED, 9.0) is not None, lines


@pytest.fixture
async def stored(tmp_path: Path) -> Path:
    """Return a folder with two rooms."""
    folder = tmp_path / "stored"
    folder.mkdir()
    async with open_store(folder) as store:
        save_room(store, "standup")
        save_room(store, "other")
        store.bans.save(EVERYWHERE, "", BanNotice(key=BANNED, name="Ben", at=1.0))
    return folder


@pytest.mark.parametrize("kept", [0, PAGE // 2])
async def test_one_damaged_page_hides_nothing_unseen(
    stored: Path, tmp_path: Path, kept: int
) -> None:
    """Damage each page in turn, in whole or in half: each room is as it was, or is left out."""
    whole, _, lines = await restored(stored)
    assert lines == []
    assert set(whole) == {"standup", "other"}
    content = (stored / FILE).read_bytes()
    with contextlib.closing(sqlite3.connect(stored / FILE)) as database:
        wanted = "SELECT rootpage FROM sqlite_schema WHERE name = 'ties'"
        ((read_at_start,),) = database.execute(wanted)
    left_out: set[str] = set()
    for page in range(0, len(content), PAGE):
        damaged = tmp_path / str(page)
        damaged.mkdir()
        zeros = bytes(PAGE - kept)
        (damaged / FILE).write_bytes(content[: page + kept] + zeros + content[page + PAGE :])
        says_what_others_hold = page == 0 or b"CREATE TABLE" in content[page : page + PAGE]
        if says_what_others_hold or (page // PAGE + 1 == read_at_start and not kept):
            with pytest.raises(ConfigError, match=r"is damaged.*backup"):
                await restored(damaged)
            continue
        rooms, ban_holds, _ = await restored(damaged)
        assert set(rooms) == set(whole)
        assert ban_holds
        for name, room in rooms.items():
            if isinstance(room, str):
                left_out.add(name)
            else:
                assert room == whole[name], page
    assert left_out == {"standup", "other"}


@contextlib.contextmanager
def edited(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the database so that a test can damage it."""
    with contextlib.closing(sqlite3.connect(folder / FILE)) as database:
        database.execute("DROP TRIGGER moderation_log_is_never_rewritten")
        yield database
        database.commit()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE rooms SET settings = '{' WHERE name = 'standup'",
        "UPDATE rooms SET links = 'no links' WHERE name = 'standup'",
        "UPDATE rooms SET access = 'wide' WHERE name = 'standup'",
        "UPDATE chat SET message = '{\"number\":' WHERE room = 'standup' AND number = 3",
        "DELETE FROM chat WHERE room = 'standup' AND number = 3",
        "UPDATE seats SET role = 'emperor' WHERE ticket_hash = 'standup3'",
        "UPDATE moderation_log SET entry = replace(entry, 'lock', 'open')"
        " WHERE room = 'standup' AND number = 3",
        "DELETE FROM moderation_log WHERE room = 'standup' AND number = 3",
        "UPDATE silences SET notice = '[]' WHERE room = 'standup'",
        "DELETE FROM moderation_log WHERE room = 'standup'",
    ],
)
async def test_a_row_that_cannot_be_read_leaves_out_its_room(stored: Path, damage: str) -> None:
    whole, *_ = await restored(stored)
    with edited(stored) as database:
        database.execute(damage)
    rooms, _, _ = await restored(stored)
    assert isinstance(rooms["standup"], str)
    assert rooms["other"] == whole["other"]


async def test_a_room_without_a_readable_name_is_told_too(stored: Path) -> None:
    with edited(stored) as database:
        database.execute("UPDATE rooms SET name = 'Stand\x1bup' WHERE name = 'standup'")
    rooms, _, lines = await restored(stored)
    assert set(rooms) == {"other"}
    assert any("whose name cannot be read" in line and "\x1b" not in line for line in lines)


async def test_a_ban_holds_though_it_cannot_be_read_why(stored: Path) -> None:
    with edited(stored) as database:
        database.execute("UPDATE bans SET notice = 'none' WHERE key IN (?, ?)", (BANNED, "3" * 32))
        database.execute("UPDATE bans SET notice = '' WHERE room = 'other' AND key LIKE '%7'")
    rooms, ban_holds, lines = await restored(stored)
    assert ban_holds
    other = rooms["other"]
    assert isinstance(other, RoomState)
    assert f"{7:032}" in other.bans
    assert any(BANNED in line for line in lines)


async def test_a_room_that_is_left_out_keeps_its_name_until_the_admin_gives_it_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        other = await server.client(server.room("other"), intent="host", name="Ben")
        await host.do(c.Chat(text="hello"))
    with edited(tmp_path) as database:
        database.execute("UPDATE chat SET message = 'hello'")
    async with serving(tmp_path) as server:
        assert "room standup is left out" in caplog.text
        [line] = server.hub.troubles()
        assert "standup" in line
        assert "other" not in line.partition("left out")[2].partition(";")[0]
        back = await server.client(server.room("other"), other.key, intent="host", name="Ben")
        assert back.view.role == "host"
        for key in (host.key, None):  # its owner, and somebody who would like the name
            with pytest.raises(Turned) as turned:
                await server.client(key=key, intent="host")
            assert turned.value.code == "failed"
        with pytest.raises(Turned) as turned:
            await server.client(name="Carla")
        assert turned.value.code == "no_such_room"
        assert [(each["name"], each["access"]) for each in server.hub.overview()] == [
            ("other", "open"),
            ("standup", "damaged"),
        ]
        assert server.hub.end_room("standup")
        assert server.hub.troubles() == []
        again = await server.client(key=host.key, intent="host")
        assert again.joined.chat == ()
    async with serving(tmp_path) as server:
        assert server.hub.troubles() == []


@pytest.mark.parametrize(
    "names",
    [
        (FILE, f"{FILE}-wal", f"{FILE}-shm"),
        (FILE, f"{FILE}-wal"),
        (FILE,),
    ],
)
async def test_a_copy_taken_in_service_has_everything(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    used, copied = tmp_path / "used", tmp_path / "copied"
    used.mkdir()
    copied.mkdir()
    async with serving(used) as server:
        host = await server.client(intent="host")
        await host.do(c.ChangeSettings(topic="Lighthouses"), c.Chat(text="hello"), c.Lock())
        await server.store.rooms.names()  # all is written, be it into the log only
        log = used / f"{FILE}-wal"
        await until(lambda: log.stat().st_size == 0)  # nothing waits to be moved into the file
        for name in names:
            shutil.copy(used / name, copied / name)
        shutil.copy(used / "invite-secret", copied / "invite-secret")
    async with serving(copied) as server:
        back = await server.client(key=host.key, intent="host")
        assert (back.view.settings.topic, back.view.locked) == ("Lighthouses", True)
        assert [each.text for each in back.joined.chat] == ["hello"]
        page = await back.question(c.ReadLog(after=0), e.LogPage)
        assert len(page.entries) >= 3


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
async def test_half_a_file_is_refused_in_one_line(
    stored: Path, tmp_path: Path, share: float
) -> None:
    content = (stored / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ConfigError, match=r"roomcli\.sqlite3 is .*backup") as refused:
        await restored(tmp_path)
    assert "\n" not in str(refused.value)


async def test_what_would_begin_without_rooms_is_refused(stored: Path, tmp_path: Path) -> None:
    (tmp_path / f"{FILE}-wal").write_bytes(b"all that there is")
    with pytest.raises(ConfigError, match="missing beside"):
        await restored(tmp_path)
    (tmp_path / f"{FILE}-wal").unlink()
    # As a server leaves it that keeps all it has in its write-ahead log.
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    with pytest.raises(ConfigError, match=r"copied without roomcli\.sqlite3-wal"):
        await restored(tmp_path)


async def test_sqlites_own_backup_is_a_whole_store(stored: Path, tmp_path: Path) -> None:
    """Run the line of docs/self-hosting.md while the server runs."""
    async with open_store(stored):
        with contextlib.closing(sqlite3.connect(stored / FILE)) as database:
            database.execute("VACUUM INTO ?", (str(tmp_path / FILE),))
    assert await restored(tmp_path) == await restored(stored)
