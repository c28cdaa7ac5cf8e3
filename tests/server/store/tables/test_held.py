"""Tests of the store while it cannot be written: nothing is lost, and the order is kept."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable

import pytest
import trio
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.moderation_log import LogEntry, root, sealed
from roomcli.protocol.people import BanNotice, SilenceNotice
from roomcli.protocol.settings import RoomSettings
from server.rooms.rules.kept import KeptRoom
from server.store import Seat, Store
from server.store.tables import database, writer

from ....support.evidence import ANN, BEN, message, report
from ....support.kinds_of_store import KindOfStore
from ....support.patience import PATIENCE

BAN = BanNotice(key=BEN.key, name="Ben", at=1.0)
ROOM = KeptRoom(
    name="standup",
    access="open",
    locked=False,
    opened_at=7.0,
    owner=ANN.key,
    settings=RoomSettings(),
    password="",
    room_invites={},
)
SEAT = Seat("hash", "standup", "ben", BEN.key, "Ben", "speaker", 12.5, 100.0)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for a disk that is broken on purpose."""
    monkeypatch.setattr(database, "PATIENCE", 0.1)


def entries(count: int) -> list[LogEntry]:
    """Make a log of the room with ``count`` entries."""
    log: list[LogEntry] = []
    for number in range(1, count + 1):
        previous = log[-1].hash if log else root("standup", 7.0)
        entry = LogEntry(number=number, at=7.0, action="lock", target=BEN, previous=previous)
        log.append(sealed(entry))
    return log


async def why_held(store: Store) -> str:
    """Return why the newest transaction is not written after the usual wait."""
    with pytest.raises(StoreError, match="will be written"):
        await store.flushed()
    with trio.fail_after(PATIENCE):
        while store.trouble is None:
            await trio.lowlevel.checkpoint()
    return store.trouble.why


async def is_written(store: Store) -> None:
    """Wait until everything is on disk, however long it takes."""
    await store.flushed(until=trio.current_time() + 30)


async def test_what_cannot_be_written_is_written_later_and_in_order(
    kind: KindOfStore, caplog: pytest.LogCaptureFixture
) -> None:
    log = entries(5)
    async with kind.open() as store:
        store.log.append("standup", 7.0, log[0])
        await store.flushed()
        with kind.held():
            for entry in log[1:4]:
                store.log.append("standup", 7.0, entry)
            assert "lock" in await why_held(store)
            assert "lock" in await why_held(store)
        store.log.append("standup", 7.0, log[4])
        await is_written(store)
        assert store.trouble is None
        assert store.waiting == 0
    told = [record.getMessage() for record in caplog.records if record.name.startswith("server")]
    assert [("cannot be written" in line, "is written again" in line) for line in told] == [
        (True, False),
        (False, True),
    ]
    async with kind.open() as store:
        assert await store.log.page("standup", 7.0, 0, 9) == log


async def test_reads_see_what_is_not_written_yet(kind: KindOfStore) -> None:
    log = entries(3)
    lifted = replace(BAN, key="c" * 32)
    async with kind.open() as store:
        store.log.append("standup", 7.0, log[0])
        store.bans.save("standup", ANN.key, lifted)
        store.reports.save(report("r1"))
        store.seats.save(SEAT)
        store.host_tokens.save("old", 100.0)
        await store.flushed()
        with kind.held():
            for entry in log[1:]:
                store.log.append("standup", 7.0, entry)
            store.log.append("standup", 8.0, log[0])  # of another time that it was open
            store.bans.save("standup", ANN.key, BAN)
            store.bans.save("other", ANN.key, BAN)
            store.bans.lift("standup", ANN.key, lifted.key)
            store.reports.save(report("r2"))
            store.reports.resolve("r1", "admin", "", 7.0)
            store.host_tokens.revoke_all()
            store.host_tokens.save("new", 100.0)
            store.seats.forget("standup", "ben")
            store.seats.save(replace_hash(SEAT, "another"))
            await why_held(store)

            assert await store.log.page("standup", 7.0, 0, 9) == log
            assert await store.log.page("standup", 7.0, 1, 1) == log[1:2]
            assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]
            assert [room for room, *_ in await store.bans.page(2.0)] == ["other", "standup"]
            assert await store.reports.find("r2") == report("r2")
            assert [each.id for each in await store.reports.page(open_only=True)] == ["r2"]
            assert [store.host_tokens.is_valid(id, 2.0) for id in ("old", "new")] == [False, True]
            assert store.seats.find("hash", 2.0) is None
            assert store.seats.find("another", 2.0) == replace_hash(SEAT, "another")
            store.rooms.end("standup")
            assert store.seats.find("another", 2.0) is None


def replace_hash(seat: Seat, ticket_hash: str) -> Seat:
    """Return the same seat with another ticket."""
    return Seat(ticket_hash, *[getattr(seat, name) for name in Seat.__match_args__[1:]])


async def test_one_wait_is_enough_for_all(kind: KindOfStore) -> None:
    async with kind.open() as store:
        with kind.held():
            until = trio.current_time() + 0.1
            for number in range(1, 101):
                store.chat.save("standup", message(number))
                with pytest.raises(StoreError):
                    await store.flushed(until=until)
        await is_written(store)
        assert len(await store.chat.of_room("standup")) == 100


async def write_all(store: Store) -> None:
    """Write one thing of each kind, and some that undo others."""
    store.rooms.save(ROOM)
    store.seats.save(SEAT)
    store.seats.forget("standup", "ben")
    store.seats.save(replace_hash(SEAT, "another"))
    for entry in entries(3):
        store.log.append("standup", 7.0, entry)
    for number in (1, 2, 3):
        store.chat.save("standup", message(number))
    store.chat.remove("standup", 2)
    store.bans.save("standup", ANN.key, BAN)
    store.bans.save("standup", ANN.key, replace(BAN, key="c" * 32))
    store.bans.lift("standup", ANN.key, BAN.key)
    store.people.save(BEN, 1.0)
    store.silences.save(
        "standup", ANN.key, SilenceNotice(person="b", key=BEN.key, name="B", at=1.0)
    )
    store.reports.save(report("r1"))
    store.reports.resolve("r1", "admin", "", 7.0)
    store.latest_time.save(7.0)
    store.host_tokens.save("token", 100.0)
    store.host_tokens.revoke_all()
    store.host_tokens.save("token", 100.0)
    store.rooms.save(replace(ROOM, name="other"))
    store.rooms.end("other")
    await store.forget_old(50.0)


async def test_a_write_may_be_repeated(kind: KindOfStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """For example after a commit that was reported as failed but is on disk."""
    commit: Callable[..., None] = writer.Writer._commit
    failures = iter([True, True, False])

    def unsure(self: writer.Writer, batch: list[writer.Transaction]) -> None:
        commit(self, batch)
        if next(failures, False):
            raise OSError(errno.EIO, "the disk did not say whether it is written")

    dumps: list[list[object]] = []
    for place, committing in ((kind, commit), (kind.another(), unsure)):
        monkeypatch.setattr(writer.Writer, "_commit", committing)
        async with place.open() as store:
            await write_all(store)
            await is_written(store)
            for number in range(1, store.queued + 1):
                await store.flushed(number)  # none of them was refused as never to be written
        dumps.append(place.dump())
    assert next(failures, None) is None
    assert dumps[0] == dumps[1]
    assert len(dumps[0]) > 10


async def test_what_is_held_when_the_store_closes_is_written_if_it_can_be(
    kind: KindOfStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "CLOSING_SECONDS", 30.0)
    with contextlib.ExitStack() as held:
        async with kind.open() as store:
            held.enter_context(kind.held())
            store.bans.save("standup", ANN.key, BAN)
            await why_held(store)
            held.close()
    monkeypatch.setattr(writer, "CLOSING_SECONDS", 0.0)
    with contextlib.ExitStack() as held:
        async with kind.open() as store:
            held.enter_context(kind.held())
            store.bans.lift("standup", ANN.key, BAN.key)
            await why_held(store)
    assert "closed without 1 changes" in caplog.text
    async with kind.open() as store:
        assert await store.bans.of_room("standup", ANN.key, 2.0) == [BAN]
