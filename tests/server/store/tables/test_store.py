"""Tests of the store alone: what is written stays as long as it should, and no longer."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.chat import CHAT_KEPT
from roomcli.protocol.moderation_log import LogEntry, first_fault, root, sealed
from roomcli.protocol.people import BanNotice, RoomInvite
from roomcli.protocol.settings import RoomSettings
from server.rooms.rules.kept import KeptRoom
from server.rooms.rules.participants import KeptInvite
from server.store import Seat

from ....support.evidence import ANN, BEN, message, report
from ....support.kinds_of_store import KindOfStore
from ....support.raw_store import database_of

DAY = 24 * 3600.0
ROOM = KeptRoom(
    name="standup",
    access="invite",
    locked=True,
    opened_at=1_000.125,
    owner=ANN.key,
    settings=RoomSettings(topic="Überblick", order="fair", floor_seconds=120, listed=False),
    password="scrypt$salt$hash",
    room_invites={
        "l1": KeptInvite(
            invite=RoomInvite(id="l1", expires_at=99.0, uses=2, by="ann"), used_by=(BEN.key,)
        ),
    },
)


def log_of(length: int, opened_at: float) -> list[LogEntry]:
    entries: list[LogEntry] = []
    for number in range(1, length + 1):
        previous = entries[-1].hash if entries else root("standup", opened_at)
        entry = LogEntry(
            number=number, at=opened_at + number, action="remove", target=BEN, previous=previous
        )
        entries.append(sealed(entry))
    return entries


async def test_a_room_comes_back_as_it_was(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.rooms.save(ROOM)
        store.chat.save("standup", message(1))
        store.log.append("standup", ROOM.opened_at, log_of(1, ROOM.opened_at)[0])
    async with kind.open() as store:
        assert await store.rooms.names() == ["standup"]
        assert await store.rooms.load("standup") == ROOM
        assert await store.chat.of_room("standup") == [message(1)]


async def test_what_was_asked_before_is_seen_after(kind: KindOfStore) -> None:
    async with kind.open() as store:
        seat = Seat("hash", "standup", "ann", "key", "Ann", "cohost", 12.5, 100.0)
        store.seats.save(seat)
        assert store.seats.find("hash", 99.0) == seat
        assert store.seats.find("hash", 100.0) is None  # it has run out
        store.seats.forget("standup", "ann")
        assert store.seats.find("hash", 99.0) is None


async def test_a_room_that_ends_takes_its_people_along_and_leaves_its_records(
    kind: KindOfStore,
) -> None:
    ban, entries = BanNotice(key=BEN.key, name="Ben", at=1.0), log_of(2, ROOM.opened_at)
    async with kind.open() as store:
        for name in ("standup", "other"):
            store.rooms.save(replace(ROOM, name=name))
            store.seats.save(Seat(name, name, "ann", "key", "Ann", "host", None, 100.0))
            store.chat.save(name, message(1))
        store.bans.save("standup", ANN.key, ban)
        store.reports.save(report("r1"))
        for entry in entries:
            store.log.append("standup", ROOM.opened_at, entry)
        store.rooms.end("standup")
        assert await store.rooms.names() == ["other"]
        assert [store.seats.find(name, 1.0) is None for name in ("standup", "other")] == [1, 0]
        assert [len(await store.chat.of_room(name)) for name in ("standup", "other")] == [0, 1]
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [ban]
        assert await store.log.page("standup", ROOM.opened_at, 0, 10) == entries
        assert await store.reports.find("r1") == report("r1")


async def test_a_host_token_is_valid_until_revoked(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.host_tokens.save("token", float("inf"))
        assert store.host_tokens.is_valid("token", 1e12)
        assert not store.host_tokens.is_valid("another", 3.0)
        store.host_tokens.revoke_all()
        assert not store.host_tokens.is_valid("token", 3.0)


async def test_a_ban_is_of_one_owners_room(kind: KindOfStore) -> None:
    ban = BanNotice(key=BEN.key, name="Ben", at=1.0, until=50.0, reason="shouts", by="Ann")
    other = BanNotice(key="c" * 32, name="Carla", at=0.5)
    async with kind.open() as store:
        store.bans.save("standup", ANN.key, ban)
        store.bans.save("standup", ANN.key, other)
    async with kind.open() as store:
        assert await store.bans.of_room("standup", ANN.key, 49.9) == [
            other,
            ban,
        ]  # the earliest first
        assert await store.bans.of_room("standup", ANN.key, 50.0) == [other]  # it has run out
        # Whoever takes the free name later inherits nothing, and other rooms know nothing of it.
        assert await store.bans.of_room("standup", "d" * 32, 2.0) == []
        assert await store.bans.of_room("other", ANN.key, 2.0) == []
        longer = replace(ban, until=None, reason="and again")
        store.bans.save("standup", ANN.key, longer)
        assert await store.bans.of_room("standup", ANN.key, 99.0) == [other, longer]
        store.bans.lift("standup", ANN.key, BEN.key)
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [other]


async def test_a_ban_from_the_server_holds_everywhere(kind: KindOfStore) -> None:
    ban = BanNotice(key=BEN.key, name="Ben", at=1.0, until=50.0)
    of_a_room = BanNotice(key="c" * 32, name="Carla", at=0.5)
    async with kind.open() as store:
        store.bans.save("*", "", ban)
        store.bans.save("standup", ANN.key, of_a_room)
        assert store.bans.from_server(BEN.key, 49.0) == ban
        assert store.bans.from_server(BEN.key, 50.0) is None
        assert store.bans.from_server(of_a_room.key, 2.0) is None
        assert await store.bans.page(2.0) == [("*", "", ban), ("standup", ANN.key, of_a_room)]
        assert await store.bans.page(50.0) == [("standup", ANN.key, of_a_room)]
        store.bans.lift("*", "", BEN.key)
        assert store.bans.from_server(BEN.key, 2.0) is None


async def test_a_log_is_read_in_pages_and_stays_whole(kind: KindOfStore) -> None:
    entries = log_of(5, 1_000.125)
    async with kind.open() as store:
        assert await store.log.head("standup", 1_000.125) is None
        for entry in entries:
            store.log.append("standup", 1_000.125, entry)
        store.log.append("standup", 2_000.0, log_of(1, 2_000.0)[0])  # opened again, another log
    async with kind.open() as store:
        whole = [
            *await store.log.page("standup", 1_000.125, 0, 2),
            *await store.log.page("standup", 1_000.125, 2, 100),
        ]
        assert whole == entries
        assert first_fault(whole, "standup", 1_000.125) is None
        assert await store.log.head("standup", 1_000.125) == entries[-1]


async def test_a_log_is_never_rewritten(
    kind: KindOfStore, caplog: pytest.LogCaptureFixture
) -> None:
    (entry,) = log_of(1, 7.0)
    async with kind.open() as store:
        store.log.append("standup", 7.0, entry)
        database_of(store).enqueue("UPDATE moderation_log SET entry = '{}'")
        with pytest.raises(StoreError, match="cannot be written"):
            await store.flushed()
        store.log.append("standup", 7.0, replace(entry, reason="another past"))
        with pytest.raises(StoreError, match="cannot be written"):
            await store.flushed()
        assert caplog.text.count("never rewritten") == 2
        store.log.append("standup", 7.0, entry)  # the same once more is no harm
        await store.flushed()
        assert await store.log.page("standup", 7.0, 0, 9) == [entry]


async def test_chat_keeps_the_newest(kind: KindOfStore) -> None:
    async with kind.open() as store:
        assert await store.chat.newest_number("standup") == 0
        for number in range(1, CHAT_KEPT + 3):
            store.chat.save("standup", message(number))
        kept = await store.chat.of_room("standup")
        assert [each.number for each in kept] == list(range(3, CHAT_KEPT + 3))
        store.chat.remove("standup", 10)
        assert len(await store.chat.of_room("standup")) == CHAT_KEPT - 1
        store.chat.save("standup", message(CHAT_KEPT + 3))
        assert (await store.chat.of_room("standup"))[
            0
        ].number == 3  # what was removed takes no place


async def test_a_removed_message_leaves_its_number_taken(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.chat.save("standup", message(1))
        store.chat.save("standup", message(2))
        store.chat.remove("standup", 2)
        assert await store.chat.of_room("standup") == [message(1)]
        assert await store.chat.newest_number("standup") == 2
        assert "message 2" not in str(await database_of(store).query("SELECT message FROM chat"))


async def test_reports_wait_for_an_admin(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.reports.save(report("r1", 5.0))
        store.reports.save(report("r2", 6.0))
        store.reports.resolve("r1", "admin", "banned", 7.0)
    async with kind.open() as store:
        waiting = await store.reports.page(open_only=True)
        assert waiting == [replace(report("r2", 6.0), evidence=None)]
        assert [each.id for each in await store.reports.page(open_only=False)] == ["r2", "r1"]
        resolved = await store.reports.find("r1")
        assert resolved is not None
        assert resolved.evidence == report("r1").evidence
        assert resolved.resolution is not None
        assert (resolved.resolution.by, resolved.resolution.note) == ("admin", "banned")
        assert await store.reports.find("r3") is None


async def test_what_has_run_out_is_dropped(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.seats.save(Seat("old", "standup", "ann", "key", "Ann", "host", None, 1.0))
        store.seats.save(Seat("new", "standup", "ben", "key", "Ben", "host", None, 9.0))
        store.host_tokens.save("old", 1.0)
        store.bans.save("*", "", BanNotice(key="c" * 32, name="C", at=0.0, until=5.0))
        store.bans.save("*", "", BanNotice(key="d" * 32, name="D", at=0.0))
        await store.forget_old(5.0)
        assert await database_of(store).query("SELECT ticket_hash FROM seats") == [("new",)]
        assert await database_of(store).query("SELECT * FROM invites") == []
        assert await database_of(store).query("SELECT key FROM bans") == [("d" * 32,)]


async def test_logs_of_ended_rooms_are_kept_for_90_days(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.rooms.save(ROOM)
        for opened_at in (ROOM.opened_at, 500.0):  # still open; ended with its second entry
            for entry in log_of(2, opened_at):
                store.log.append("standup", opened_at, entry)
        for now, left in ((501.9 + 90 * DAY, 2), (502.0 + 90 * DAY, 0)):
            await store.forget_old(now)
            assert len(await store.log.page("standup", 500.0, 0, 9)) == left
        await store.forget_old(1e9)
        assert len(await store.log.page("standup", ROOM.opened_at, 0, 9)) == 2


async def test_a_resolved_report_loses_its_voice_and_chat_after_30_days(kind: KindOfStore) -> None:
    said = b"a voice that nobody needs any longer"
    async with kind.open() as store:
        store.reports.save(report("open"))
        store.reports.save(report("done", voice=said * 1000))
        store.reports.resolve("done", "admin", "", 10.0)
        for now, kept in ((9.0 + 30 * DAY, True), (10.0 + 30 * DAY, False)):
            await store.forget_old(now)
            done = await store.reports.find("done")
            assert done is not None
            assert (done.evidence is not None) is kept
            assert done.reported == BEN
        assert await store.reports.find("open") == report("open")


async def test_a_write_that_never_can_be_is_told_to_who_waits(
    kind: KindOfStore, caplog: pytest.LogCaptureFixture
) -> None:
    async with kind.open() as store:
        with pytest.raises(StoreError, match="cannot be read"):
            await database_of(store).query("SELECT * FROM nowhere")
        await store.flushed()  # nothing was to be written
        database_of(store).enqueue("INSERT INTO nowhere VALUES (1)")
        database_of(store).enqueue("INSERT INTO chat VALUES (?, ?, ?)", ("standup", 2**70, ""))
        for number in (1, 2):
            with pytest.raises(StoreError, match="cannot be written"):
                await store.flushed(number)
        assert "nowhere" in caplog.text
        store.chat.save("standup", message(1))
        await store.flushed()  # and goes on
        assert store.trouble is None


async def test_what_belongs_together_is_written_together_or_not(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.chat.save("standup", message(1))
        with store.transaction():
            store.chat.remove("standup", 1)
            database_of(store).enqueue("INSERT INTO nowhere VALUES (1)")
        number = store.queued
        store.chat.save("standup", message(2))
        with pytest.raises(StoreError):
            await store.flushed(number)
        assert await store.chat.of_room("standup") == [message(1), message(2)]
