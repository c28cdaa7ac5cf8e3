"""Tests of the store's limits: when it is full, whoever has most makes way."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.people import BanNotice, SilenceNotice
from server.limits import DAY, MIB, DiskLimits, ServerLimits
from server.store import EVERYWHERE, Store

from ....support.evidence import ANN, BEN, message, report
from ....support.kinds_of_store import KindOfStore
from .test_store import ROOM, log_of

KEPT = DiskLimits().bans_days * DAY


def bounded(**disk: float) -> ServerLimits:
    """Limits of the disk that are reached soon."""
    return ServerLimits(disk=DiskLimits(**disk))


async def test_reports_without_end_do_not_fill_the_disk(kind: KindOfStore) -> None:
    noise = report("r", voice=b"x" * 10_000)
    async with kind.open(limits=bounded(reports_mib=50_000 / MIB)) as store:
        store.reports.save(report("real"))
        for number in range(12):
            store.reports.save(replace(noise, id=f"r{number}", at=number, room="noise"))
        store.reports.resolve("r10", "admin", "", 10.0)
        for number in range(12, 15):
            store.reports.save(replace(noise, id=f"r{number}", at=number, room="noise"))
        store.reports.save(report("new", at=20.0))

        async def kept() -> list[str]:
            reports = [
                await store.reports.find(each.id) for each in await store.reports.page(False)
            ]
            return [each.id for each in reports if each is not None and each.evidence is not None]

        # A room of endless reports makes way for itself and for others, not they for it.
        left = await kept()
        assert {"new", "r14", "r13", "real"} <= set(left)
        assert len(left) <= 7
        assert "r10" not in left, "what is resolved goes first"
        bare = [each.id for each in await store.reports.page(True) if each.without_evidence]
        assert set(bare) == {f"r{number}" for number in range(15) if number != 10} - set(left)
        assert await store.reports.count_open() == (16, len(bare))


async def test_logs_of_ended_rooms_make_way_where_all_are_too_long(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.rooms.save(ROOM)
        for opened_at in (ROOM.opened_at, 500.0, 700.0, 600.0):
            for entry in log_of(2, opened_at):
                store.log.append("standup", opened_at, entry)
        each = await store.log.size() / 4
    for most, left in ((4, [500.0, 600.0, 700.0]), (2, [700.0]), (0, [])):
        limits = bounded(log_mib=each * (most + 0.5) / MIB)
        async with kind.open(limits=limits) as store:
            await store.forget_old(1_000.0)
            kept = [at for at in (500.0, 600.0, 700.0) if await store.log.page("standup", at, 0, 9)]
            assert kept == left
            assert len(await store.log.page("standup", ROOM.opened_at, 0, 9)) == 2  # it is open


async def test_chat_of_rooms_that_wrote_most_makes_way(kind: KindOfStore) -> None:
    async with kind.open(limits=bounded(chat_mib=2_000 / MIB)) as store:
        for number in range(1, 41):
            store.chat.save("loud", message(number))
        for number in range(1, 4):
            store.chat.save("quiet", message(number))
        await store.forget_old(0.0)
        loud = [each.number for each in await store.chat.of_room("loud")]
        quiet = [each.number for each in await store.chat.of_room("quiet")]
        assert quiet == [1, 2, 3]
        assert loud == list(range(loud[0], 41))
        assert 3 <= len(loud) < 30
    for most in (2_000, 1):  # what is within its limit stays
        async with kind.open(limits=bounded(chat_mib=most / MIB)) as store:
            await store.forget_old(0.0)
            kept = len(await store.chat.of_room("loud"))
            assert kept == (len(loud) if most > 1 else 1)
            assert await store.chat.newest_number("loud") == 40, "a number is never given again"


def put_out(store: Store, room: str, *, at: float, times: int = 1) -> None:
    """Ban and silence so many people in a room of Ann's."""
    for number in range(times):
        key = f"{number:032x}"
        store.bans.save(room, ANN.key, BanNotice(key=key, name="", at=at))
        notice = SilenceNotice(person=f"{number}", key=key, name="", at=at)
        store.silences.save(room, ANN.key, notice)


async def put_out_of(store: Store, room: str) -> tuple[int, int]:
    """Return how many bans and silences are kept of a room of Ann's."""
    bans = await store.bans.of_room(room, ANN.key, 0.0)
    return len(bans), len(await store.silences.of_room(room, ANN.key))


async def test_bans_end_in_rooms_that_nobody_opens_any_more(kind: KindOfStore) -> None:
    async with kind.open() as store:
        store.rooms.save(replace(ROOM, name="open"))
        for room in ("open", "logged", "forsaken", "banned-lately"):
            put_out(store, room, at=1_000.0)
        for entry in log_of(1, KEPT):
            store.log.append("logged", KEPT, entry)  # it was opened not long ago
        store.bans.save("banned-lately", ANN.key, BanNotice(key=BEN.key, name="", at=KEPT))
        store.bans.save(EVERYWHERE, "", BanNotice(key=BEN.key, name="", at=1_000.0))
        await store.forget_old(1_000.0 + KEPT - 1)
        assert await put_out_of(store, "forsaken") == (1, 1)
        await store.forget_old(1_000.0 + KEPT)
        rooms = ("open", "logged", "forsaken", "banned-lately")
        assert [await put_out_of(store, room) for room in rooms] == [
            *((1, 1), (1, 1), (0, 0)),
            (2, 0),
        ]
        assert store.bans.from_server(BEN.key, KEPT) is not None


async def test_of_too_many_bans_those_go_of_rooms_with_most(kind: KindOfStore) -> None:
    async with kind.open(limits=bounded(bans_mib=20_000 / MIB)) as store:
        store.rooms.save(replace(ROOM, name="open"))
        put_out(store, "quiet", at=1.0)
        put_out(store, "open", at=1.0, times=100)
        put_out(store, "noise", at=2.0, times=100)
        await store.forget_old(3.0)
        assert await put_out_of(store, "quiet") == (1, 1)
        assert await put_out_of(store, "open") == (100, 100)
        assert await put_out_of(store, "noise") == (0, 0)
