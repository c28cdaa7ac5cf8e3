"""Tests of the channel to a frontend: lines in, events out, and frontends that do neither."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from roomcli.engine.channel import MAX_LINE, MAX_QUEUED, Channel, Lines
from roomcli.errors import ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Levels

from ...support.patience import PATIENCE


class ScriptedFrontend:
    """A frontend that sends ``chunks`` and reads only while it is allowed to."""

    def __init__(self, chunks: Iterable[bytes] = (), *, ends: bool = True) -> None:
        self._chunks = list(chunks)
        self._ends = ends
        self.reads = trio.Event()
        self.reads.set()
        self.gone = False
        self.written = b""
        self.channel = Channel(Lines(self._said).next, self._write)

    async def _said(self) -> bytes:
        await trio.lowlevel.checkpoint()
        if not self._chunks and not self._ends:
            await trio.sleep_forever()
        return self._chunks.pop(0) if self._chunks else b""

    async def _write(self, data: bytes) -> None:
        await self.reads.wait()
        if self.gone:
            raise BrokenPipeError
        self.written += data

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that the frontend has read."""
        return [json.loads(line) for line in self.written.splitlines()]


async def lines_of(chunks: list[bytes]) -> list[bytes | None]:
    """Return all lines in the chunks, with None for a line that is refused."""
    found: list[bytes | None] = []
    frontend = ScriptedFrontend(chunks)
    lines = Lines(frontend._said)
    while True:
        try:
            line = await lines.next()
        except ProtocolError:
            found.append(None)
            continue
        if not line:
            return found
        found.append(line)


@given(st.lists(st.binary(max_size=8).map(lambda b: b.replace(b"x", b"\n"))))
def test_lines_are_the_same_however_they_come(chunks: list[bytes]) -> None:
    chunks = [chunk for chunk in chunks if chunk]
    whole, _, _ = b"".join(chunks).rpartition(b"\n")
    expected = [line + b"\n" for line in whole.split(b"\n")] if b"\n" in b"".join(chunks) else []
    assert trio.run(lines_of, chunks) == expected


@pytest.mark.parametrize("size", [5000, 64 * 1024, 1 << 22])
async def test_a_line_that_is_too_long_is_refused_whole(size: int) -> None:
    command = b'{"command":"raise_hand"}\n'
    long = b" " * (1 << 20) + command  # its end by itself would be a command
    chunks = [long[at : at + size] for at in range(0, len(long), size)]
    assert await lines_of([*chunks, command]) == [None, command]


async def test_the_longest_line_passes() -> None:
    line = b" " * MAX_LINE + b"\n"
    assert await lines_of([line[:7], line[7:]]) == [line]


async def test_a_byte_order_mark_is_no_part_of_a_command() -> None:
    frontend = ScriptedFrontend([b"\xef\xbb\xbf", b'{"command":"mute"}\n', b"\xef\xbb\xbf\n"])
    assert await frontend.channel.receive_line() == b'{"command":"mute"}\n'
    assert await frontend.channel.receive_line() is None


@pytest.mark.parametrize(
    "nonsense",
    [
        b"nonsense",
        b"[]",
        b"null",
        b"{}",
        b'{"command":"nothing"}',
        b'{"command":"hello"}',
        b'{"command":7}',
        b'{"command":"accept_hand"}',
        b'{"command":"accept_hand","id":7}',
        b'{"command":"mute","ref":1e999}',
        b'{"command":"mute","ref":-1}',
        b'{"command":"remove","id":"\xff\xfe"}',
        b'{"command":"remove","id":"a","reason":"\\ud800 alone"}',
        b"\x00\x01\x02",
        b'{"command":' * 5000,
        b"[" * 60_000,
        b"9" * 60_000,
    ],
)
async def test_nonsense_is_told_and_ends_nothing(nonsense: bytes) -> None:
    good = b'{"command":"remove","id":"a","reason":"\\u00e9"}\n'
    channel = ScriptedFrontend([nonsense + b"\n\n \n" + good]).channel
    with pytest.raises(ProtocolError) as refused:
        await channel.receive()
    assert refused.value.code == "bad_message"
    assert "\n" not in str(refused.value)
    assert await channel.receive() == c.Remove(id="a", reason="é")
    assert await channel.receive() is None


async def test_events_come_in_order_and_levels_replace_each_other(
    autojump_clock: trio.testing.MockClock,
) -> None:
    frontend = ScriptedFrontend()
    channel = frontend.channel
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.run)
        for number in range(50):
            channel.send(e.Pulse(audience=number))
            channel.send(Levels(microphone=number))
        await channel.flush()
        nursery.cancel_scope.cancel()
    assert [event["audience"] for event in frontend.events[:-1]] == list(range(50))
    assert frontend.events[-1]["microphone"] == 49


async def test_a_frontend_that_does_not_read_gets_the_room_as_it_is(
    autojump_clock: trio.testing.MockClock,
) -> None:
    frontend = ScriptedFrontend()
    frontend.reads = trio.Event()
    channel = frontend.channel
    channel.snapshot = lambda: [e.HostPresent()]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.run)
        channel.send(e.Pulse(audience=1_000_000))
        await trio.testing.wait_all_tasks_blocked()  # it hangs with this one
        for number in range(3 * MAX_QUEUED + 1):
            channel.send(e.Pulse(audience=number))
        assert len(channel._events) <= MAX_QUEUED
        frontend.reads.set()
        await channel.flush()
        nursery.cancel_scope.cancel()
    first, snapshot, *others = frontend.events
    assert first["audience"] == 1_000_000
    assert snapshot == {"event": "host_present", "log": ""}
    assert others[-1]["audience"] == 3 * MAX_QUEUED, "the event that overflowed is not lost"
    numbers = [event["audience"] for event in others]
    assert numbers == list(range(numbers[0], 3 * MAX_QUEUED + 1)), "after it nothing is left out"


async def test_a_frontend_that_reads_no_more_has_left(
    autojump_clock: trio.testing.MockClock,
) -> None:
    frontend = ScriptedFrontend(ends=False)
    frontend.gone = True
    channel = frontend.channel
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.run)
        nursery.start_soon(trio.sleep, 0.1)
        channel.send(e.Pulse(audience=1))
        with trio.fail_after(PATIENCE):
            assert await channel.receive() is None
            assert await channel.receive() is None
            await channel.flush()  # waits for nobody
        for _ in range(10):
            channel.send(e.Pulse(audience=1))
        assert not channel._events, "nothing is kept for nobody"


async def test_a_broken_channel_is_its_end() -> None:
    async def broken() -> bytes:
        raise ConnectionResetError

    async def ignore(data: bytes) -> None:
        pass

    assert await Channel(broken, ignore).receive() is None
    assert (
        await ScriptedFrontend([b'{"command":"raise_hand"}\n']).channel.receive() == c.RaiseHand()
    )
