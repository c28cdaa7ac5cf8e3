"""The engine as its frontend sees it: a child process and a channel of JSON lines.

The engine runs in a session of its own, so that a key for the frontend's process group (Ctrl+C,
Ctrl+Z) does not reach it; the end of the channel does. An engine that dies is started again and
enters again, muted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ..folders import opened_log
from ..protocol.commands import Command
from ..protocol.events import Joined
from ..protocol.local import ChannelEvent, Connection, Enter, Left, Microphone, Problem

ENGINE_COMMAND = (sys.executable, "-m", "roomcli.engine")
BACKOFF = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each new start; after the last one the frontend gives up."""
STEADY = 30.0
"""An engine that lived so long in seconds has its restarts forgiven."""
GRACE = 2.0
MAX_LINE = 16 * 1024 * 1024

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[ChannelEvent] = msgspec.json.Decoder(ChannelEvent)


class Engine(Protocol):
    """What a frontend needs of an engine; tests bring their own."""

    def send(self, command: Command) -> None:
        """Ask the engine for something; without an engine nothing happens."""

    def events(self) -> AsyncIterator[ChannelEvent]:
        """What it says until it has ended; starts it."""

    async def close(self) -> None:
        """End it."""


def heard_here(take: Callable[[Problem], None]) -> Callable[[Problem], None]:
    """``take``, to be called from any thread and carried out by the loop that runs here."""
    loop = asyncio.get_running_loop()

    def pass_on(problem: Problem) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the room is left
            loop.call_soon_threadsafe(take, problem)

    return pass_on


class EngineProcess:
    """Starts the engine, speaks with it and ends it.

    ``opening`` is the first command of the channel, sent again after a restart. Iterate over
    :meth:`events` once; the last one is always ``left``.
    """

    def __init__(
        self, opening: Command, *, log: Path, command: Sequence[str] | None = None
    ) -> None:
        self._opening = opening
        self._command = tuple(command or ENGINE_COMMAND)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """The process id of the running engine."""
        return self._process.pid if self._process else None

    def send(self, command: Command) -> None:
        """Write one command; dropped while there is no engine, which then is muted anyway."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(_encoder.encode(command) + b"\n")

    async def events(self) -> AsyncIterator[ChannelEvent]:
        """Everything the engine says, restarts included."""
        attempts = iter(BACKOFF)
        while not self._closing:
            started = time.monotonic()
            try:
                reader = await self._start()
            except OSError as error:
                yield Left(code="engine", text=f"cannot start the engine: {error}", exit_code=1)
                return
            async for event in _events_of(reader):
                if isinstance(event, Joined) and isinstance(self._opening, Enter):
                    # Another engine takes the seat over, should this one die.
                    self._opening = replace(self._opening, ticket=event.ticket)
                    event = replace(event, ticket=None)
                yield event
                if isinstance(event, Left):
                    return
            await self._stop()
            if self._closing:
                return
            # A dead engine has let go of the microphone, whatever it said last.
            yield Microphone(open=False, reason="reconnected")
            if time.monotonic() - started > STEADY:
                attempts = iter(BACKOFF)
            pause = next(attempts, None)
            if pause is None:
                text = f"the engine stopped again and again; its log is {self._log}"
                yield Left(code="engine", text=text, exit_code=1)
                return
            yield Connection(
                state="reconnecting", text="the engine stopped and starts again", retry_in=pause
            )
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """End the channel, which ends the engine; kill it when it has not gone in two seconds."""
        self._closing = True
        await self._stop()

    async def _start(self) -> asyncio.StreamReader:
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            log = undo.enter_context(os.fdopen(opened_log(self._log), "ab"))
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once, waits nowhere
                [*self._command, "--channel-fd", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
            undo.pop_all()
            log.close()
        reader, self._writer = await asyncio.open_unix_connection(sock=ours, limit=MAX_LINE)
        self.send(self._opening)
        return reader

    async def _stop(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        process, deadline = self._process, time.monotonic() + GRACE
        while process is not None and process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                break
            await asyncio.sleep(0.01)
        self._process = None
        if writer is not None:
            # What a hanging engine has not read by now would be waited for until for ever.
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _events_of(reader: asyncio.StreamReader) -> AsyncIterator[ChannelEvent]:
    while True:
        try:
            line = await reader.readline()
        except (OSError, ValueError):  # ValueError: a line beyond all measure
            return
        if not line.endswith(b"\n"):
            return
        try:
            yield _decoder.decode(line)
        except msgspec.DecodeError:
            continue  # an event of a newer server or engine
