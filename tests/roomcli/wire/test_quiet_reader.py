"""Tests of the one reader of quiet connections, over real sockets and in virtual time."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from roomcli.wire.frames import client_frame
from roomcli.wire.quiet_reader import TICK, QuietReader
from roomcli.wire.receiving import FRAMES_A_PASS
from roomcli.wire.records import PlainRecords
from roomcli.wire.sieve import Sieve
from roomcli.wire.stream import OutboundStream

from ...support.patience import PATIENCE

ACK, CONTROL = 2, 0


def frame(kind: int, text: bytes = b"") -> bytes:
    """Build a small message of this kind, as a client sends it."""
    return client_frame(bytes((kind,)) + text, b"mask")


class Lenient:
    """A watch that lets everything pass until it is told otherwise."""

    over = floods = False

    def admits_frame(self) -> bool:
        """Let a frame pass."""
        return True

    admits_ping = admits_frame

    def fault(self) -> None:
        """Let a fault pass."""


class QuietEnd:
    """A quiet connection, what it hands on, and the peer at its other end."""

    def __init__(
        self, reader: QuietReader, nursery: trio.Nursery, records: PlainRecords | None = None
    ) -> None:
        ours, self.peer = socket.socketpair()
        self.admitted = 0
        self.taken: list[bytes] = []
        self.taken_at: list[float] = []
        self.watch = Lenient()
        self.stream = OutboundStream(
            *(ours, nursery),
            voice_max_age=1,
            records=records,
            admission=self._admit,
            quiet_reader=reader,
        )
        self.sieve = Sieve(self.watch)
        self.sieve.take_out(frozenset((ACK,)), self.take_small)
        self.left: list[bytes] = []
        self.has_ended = False
        self.room = trio.Event()
        self.room.set()
        self.stream.set_quiet(True)
        self.stream.read_on(self, self.sieve)

    async def _admit(self) -> None:
        self.admitted += 1

    def receive_data(self, received: bytes) -> None:
        """Take what the sieve leaves, and the end."""
        self.left.append(received)
        self.has_ended = not received

    async def wait_for_room(self) -> None:
        """Wait as a connection does for which much waits already."""
        await self.room.wait()

    def take_small(self, message: bytes) -> None:
        """Take a small message."""
        self.taken.append(message[1:])
        self.taken_at.append(trio.current_time())


@contextlib.asynccontextmanager
async def reading(*, count: int = 1) -> AsyncIterator[tuple[trio.Nursery, list[QuietEnd]]]:
    """Run a reader with quiet connections, and cut them at the end."""
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            reader = QuietReader()
            nursery.start_soon(reader.run)
            connections = [QuietEnd(reader, nursery) for _ in range(count)]
            await trio.testing.wait_all_tasks_blocked()
            for each in connections:
                each.admitted = 0  # of the task that began to read
            yield nursery, connections
            nursery.cancel_scope.cancel()
            for each in connections:
                each.stream.cut("the test is over")
                each.peer.close()


async def test_signs_of_life_need_no_task_and_everything_else_does(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading() as (nursery, [quiet]):
        tasks = len(nursery.child_tasks)
        quiet.peer.send(frame(ACK, b"1") + frame(ACK, b"2"))
        await trio.sleep(2 * TICK)
        assert (quiet.taken, quiet.left, quiet.admitted) == ([b"1", b"2"], [], 0)
        quiet.peer.send(frame(ACK, b"3") + frame(CONTROL, b"a command") + frame(ACK, b"4"))
        await trio.sleep(2 * TICK)
        assert quiet.taken == [b"1", b"2", b"3", b"4"]
        assert quiet.left == [frame(CONTROL, b"a command")]
        assert quiet.admitted == 1  # what the task does is counted for this connection
        assert len(nursery.child_tasks) == tasks


async def test_a_connection_for_which_too_much_waits_is_not_read(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading() as (_, [quiet]):
        quiet.room = trio.Event()
        quiet.peer.send(frame(CONTROL))
        await trio.sleep(3 * TICK)
        assert quiet.left == [frame(CONTROL)]
        quiet.peer.send(frame(ACK, b"meanwhile"))
        await trio.sleep(3 * TICK)
        assert quiet.taken == []
        quiet.room.set()
        await trio.sleep(3 * TICK)
        assert quiet.taken == [b"meanwhile"]


async def test_all_are_read_once_a_tick_and_after_a_pause_at_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading(count=3) as (_, connections):
        await trio.sleep(1)
        began = trio.current_time()
        connections[0].peer.send(frame(ACK))
        await trio.sleep(TICK / 4)
        connections[1].peer.send(frame(ACK))
        await trio.sleep(TICK / 4)
        connections[2].peer.send(frame(ACK))
        await trio.sleep(2 * TICK)
        assert [each.taken_at[0] - began for each in connections] == pytest.approx([0, TICK, TICK])


async def test_of_a_flood_few_frames_are_read_in_a_pass(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading(count=2) as (_, [flooder, honest]):
        await trio.sleep(1)
        began = trio.current_time()
        flooder.peer.send(frame(ACK) * (2 * FRAMES_A_PASS + 1))
        honest.peer.send(frame(ACK))
        await trio.sleep(1)
        passes = [round((at - began) / TICK) for at in flooder.taken_at]
        assert passes == [0] * FRAMES_A_PASS + [1] * FRAMES_A_PASS + [2]
        assert honest.taken_at == [began]


async def test_whoever_floods_is_read_by_their_own_task_in_its_turn(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading() as (_, [quiet]):
        quiet.watch.floods = True
        quiet.peer.send(frame(ACK) * (FRAMES_A_PASS + 1))
        await trio.sleep(TICK / 2)
        assert len(quiet.taken) == FRAMES_A_PASS + 1  # what was held here is not forgotten
        quiet.peer.send(frame(ACK))
        await trio.sleep(TICK / 2)
        assert len(quiet.taken) == FRAMES_A_PASS + 2
        assert quiet.admitted == 2


async def test_who_is_no_longer_quiet_is_read_at_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading() as (_, [quiet]):
        for number, is_quiet in enumerate((True, False, True), 1):
            quiet.stream.set_quiet(is_quiet)
            quiet.peer.send(frame(ACK))
            await trio.sleep(2 * TICK)
            quiet.peer.send(frame(ACK))
            await trio.sleep(TICK / 2)
            assert len(quiet.taken) == 2 * number
        assert quiet.admitted == 4


async def test_records_that_come_together_are_all_read(
    autojump_clock: trio.testing.MockClock,
) -> None:
    class Slices(PlainRecords):
        """Gives one acknowledgement at a time, as TLS gives one record."""

        def read(self, most: int) -> bytes | None:
            return super().read(len(frame(ACK)))

    async with reading() as (nursery, [_]):
        reader = QuietReader()
        nursery.start_soon(reader.run)
        quiet = QuietEnd(reader, nursery, Slices())
        quiet.peer.send(frame(ACK) * 3)
        await trio.sleep(3 * TICK)
        assert len(quiet.taken) == 3
        nursery.cancel_scope.cancel()
        quiet.stream.cut("the test is over")
        quiet.peer.close()


async def test_the_end_and_a_cut_are_told_at_once(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading(count=3) as (_, [ending, cut, other]):
        cut.stream.cut("why")
        assert cut.left == [b""]
        ending.peer.close()
        other.peer.send(frame(ACK))
        await trio.sleep(2 * TICK)
        assert ending.left == cut.left == [b""]
        assert other.taken == [b""]


async def test_when_the_task_that_reads_is_cancelled_the_end_is_told(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading() as (_, [_]):
        async with trio.open_nursery() as its_own:
            reader = QuietReader()
            quiet = QuietEnd(reader, its_own)
            quiet.stream.set_quiet(False)
            await trio.testing.wait_all_tasks_blocked()
            assert quiet.left == []
            its_own.cancel_scope.cancel()
        assert quiet.left == [b""]
        quiet.stream.cut("the test is over")
        quiet.peer.close()


async def test_a_fault_in_one_connection_ends_that_one_alone(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with reading(count=2) as (_, [faulty, other]):

        def fail(message: bytes) -> None:
            raise RuntimeError("a bug")

        faulty.sieve.take_out(frozenset((ACK,)), fail)
        for each in (faulty, other):
            each.peer.send(frame(ACK))
        await trio.sleep(2 * TICK)
        assert faulty.stream.broken is not None
        assert faulty.left == [b""]
        assert "a bug" in caplog.text
        assert other.taken == [b""]
