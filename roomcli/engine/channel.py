"""The channel to the frontend: one JSON object per line, in and out.

The engine never waits for a frontend: events are queued, new levels replace old ones, and a
frontend that did not read for long gets the room as it is now instead of all events it missed.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec
import trio

from ..errors import ProtocolError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.channel_lines import decode_command, encode_event
from ..protocol.lines import LineSplitter
from ..protocol.local import ChannelCommand, ForServer, Levels, ServerNews

MAX_LINE = 64 * 1024
MAX_QUEUED = 2000

_REF = re.compile(rb'"ref"\s*:\s*(\d{1,16})(?![\w.])')

ReadLine = Callable[[], Awaitable[bytes]]
Write = Callable[[bytes], Awaitable[None]]


class Reading(Protocol):
    """A line of a script that is being read; its meaning may depend on who is in the room."""

    def question(self) -> c.RoomCommand | None:
        """Return the next question for the room; None when there is nothing more to ask."""

    def hear(self, answer: e.Event) -> None:
        """Take the answer to the question; the grammar has heard the answer too."""

    def command(self) -> ChannelCommand:
        """Return the command that the line asks for. Raises ProtocolError or CommandRefused."""


class Grammar(Protocol):
    """The way a script's lines are read; the grammar hears all events that the script gets."""

    def hear(self, event: e.Event) -> None:
        """Take note of an event that is sent to the script."""

    def reading(self, fields: Mapping[str, object]) -> Reading:
        """Begin to read a JSON object that the script wrote."""


class Channel:
    """The lines to and from one frontend.

    ``read_line`` gives the next line (empty at the end), ``write`` takes whole lines; both wait.
    ``snapshot`` gives the events to send in place of those that overflowed. ``grammar`` reads what
    a script writes; without a grammar, lines are commands exactly as in the protocol.
    """

    def __init__(self, read_line: ReadLine, write: Write, grammar: Grammar | None = None) -> None:
        self.grammar = grammar
        self._read_line = read_line
        self._write = write
        self._events: deque[e.Event] = deque()
        self._levels: Levels | None = None
        self._overflowed = False
        self._nobody_reads = False
        self._receiving = trio.CancelScope()
        self._some = trio.Event()
        self._idle = trio.Event()
        self._idle.set()
        self.snapshot: Callable[[], list[e.Event]] = list

    async def receive(self) -> ChannelCommand | ForServer | None:
        """Return the next command; None at the end of the channel, in either direction.

        Raises ProtocolError for a line that is not a command.
        """
        line = await self.receive_line()
        return None if line is None else decode(line)

    async def receive_line(self) -> bytes | None:
        """Return the next line that is not blank; None at the end of the channel.

        Raises ProtocolError for a line that is too long.
        """
        while not self._nobody_reads:
            line = b""
            with trio.CancelScope() as self._receiving:
                try:
                    line = await self._read_line()
                except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                    return None
            if not line:
                return None
            line = line.removeprefix(codecs.BOM_UTF8)  # some editors and shells write it first
            if line.strip():
                return line
        return None

    def send(self, event: e.Event) -> None:
        """Queue an event; never waits."""
        if self._nobody_reads:
            return
        if self.grammar is not None and not isinstance(event, ServerNews):
            self.grammar.hear(event)
        if isinstance(event, Levels):
            self._levels = event
        else:
            if len(self._events) >= MAX_QUEUED:
                self._events.clear()
                self._overflowed = True
            self._events.append(event)
        if self._idle.is_set():
            self._idle = trio.Event()
        self._some.set()

    async def run(self) -> None:
        """Write queued events until cancelled, or until nobody reads them."""
        while True:
            await self._some.wait()
            self._some = trio.Event()
            while lines := self._taken():
                try:
                    await self._write(lines)
                except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                    self._give_up()
                    return
            if not self._some.is_set():
                self._idle.set()

    async def flush(self) -> None:
        """Wait until everything queued so far is written."""
        await self._idle.wait()

    def _give_up(self) -> None:
        """End the channel in both directions, since the frontend reads no more.

        Somebody who cannot be told that their microphone is open must not have it open.
        """
        self._nobody_reads = True
        self._events.clear()
        self._idle.set()
        self._receiving.cancel()

    def _taken(self) -> bytes:
        events: list[e.Event] = []
        if self._overflowed:
            self._overflowed = False
            events += self.snapshot()
        events += self._events
        self._events.clear()
        if self._levels is not None:
            events.append(self._levels)
            self._levels = None
        return b"".join(map(encode_event, events))


def decode(line: bytes) -> ChannelCommand | ForServer:
    """Decode a line as a command. Raises ProtocolError, with the line's ref if it can be read."""
    try:
        return decode_command(line)
    except msgspec.MsgspecError as error:
        text = f"not a command: {error}"
    except (RecursionError, ValueError):
        text = "not a command: no JSON object"
    raise ProtocolError("bad_message", text, ref=ref_of(line))


def object_of(line: bytes) -> dict[str, object]:
    """Decode a line as a JSON object. Raises ProtocolError, as :func:`decode` does."""
    with contextlib.suppress(msgspec.MsgspecError, RecursionError, ValueError):
        fields = msgspec.json.decode(line)
        if isinstance(fields, dict):
            return fields
    raise ProtocolError("bad_message", "not a command: no JSON object", ref=ref_of(line))


def ref_of(line: bytes) -> int | None:
    """Return the ref in a line, whether the line is a command or not; None if it has none."""
    try:
        fields = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        found = _REF.findall(line)  # a line that is not JSON may still have a readable ref
        ref = int(found[0]) if len(found) == 1 else None
    else:
        ref = fields.get("ref") if isinstance(fields, dict) else None
    return ref if type(ref) is int and 0 <= ref < 2**53 else None


class Lines:
    """Reads lines; ``receive_some`` gives empty bytes at the end."""

    def __init__(self, receive_some: Callable[[], Awaitable[bytes]]) -> None:
        self._receive_some = receive_some
        self._splitter = LineSplitter(MAX_LINE)
        self._lines: deque[bytes | None] = deque()

    async def next(self) -> bytes:
        """Return the next line; empty at the end. Raises ProtocolError after a too long line."""
        while not self._lines:
            received = await self._receive_some()
            if not received:
                return b""
            self._lines += self._splitter.feed(received)
        line = self._lines.popleft()
        if line is None:
            raise ProtocolError("bad_message", f"not a command: longer than {MAX_LINE} bytes")
        return line + b"\n"
