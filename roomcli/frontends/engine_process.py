"""The engine as its frontend sees it: a child process and a channel of JSON lines.

The engine runs in a session of its own, so a key for the frontend's process group (Ctrl+C, Ctrl+Z)
does not reach it. It ends when the channel ends. An engine that dies is started again and enters
the room again, muted.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import parse_server
from ..protocol.channel_lines import decode_event, encode_command
from ..protocol.local import (
    ChannelEvent,
    Connection,
    ConnectServer,
    DisconnectServer,
    Enter,
    ForServer,
    Left,
    Microphone,
    Problem,
)
from ..protocol.sound import SoundChanged
from . import engine_start
from .engine_start import EngineStart

BACKOFF = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each new start; after the last one the frontend gives up."""
STEADY = 30.0
"""Seconds after which a running engine has its earlier restarts forgiven."""
RENEWAL = 1.0
"""Seconds between a frontend's renewals of the microphone's lease."""
LEAVE_WAIT = 2.0
"""Longest wait in seconds of a frontend that leaves for the engine's last event."""
MAX_LINE = 16 * 1024 * 1024


class Engine(Protocol):
    """The interface of an engine that a frontend needs; tests bring their own."""

    def send(self, command: c.Command) -> None:
        """Send a command to the engine; does nothing if no engine runs."""

    def events(self) -> AsyncIterator[ChannelEvent]:
        """Start the engine and yield its events until it has ended."""

    async def close(self) -> None:
        """End the engine."""


def heard_here(take: Callable[[Problem], None]) -> Callable[[Problem], None]:
    """Return a function for any thread that has the running event loop call ``take``."""
    loop = asyncio.get_running_loop()

    def pass_on(problem: Problem) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the room is left
            loop.call_soon_threadsafe(take, problem)

    return pass_on


class EngineProcess:
    """Starts the engine, talks to it and ends it.

    ``opening`` is the first command on the channel. ``started`` is the first engine if it runs
    already; its owner ends it if it is never needed. If ``mic`` is an open descriptor, as in
    ``fd:3``, each engine inherits it. What tells where the user is (``enter``,
    ``connect_server``, ``watch_rooms``, ``watch_home``) is sent again after a restart.
    Iterate over :meth:`events` once; the last event is always ``left``.
    """

    def __init__(
        self,
        opening: c.Command,
        *,
        log: Path,
        command: Sequence[str] | None = None,
        mic: str | None = None,
        started: EngineStart | None = None,
    ) -> None:
        self._standing: dict[tuple[type[c.Command], str], c.Command] = {}
        self._remember_place(opening)
        self._standing = self._standing or {(type(opening), ""): opening}
        self._command = tuple(command or engine_start.ENGINE_COMMAND)
        self._log = log
        self._mic = mic
        self._started = started
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """The process id of the running engine, or None."""
        return self._process.pid if self._process else None

    def send(self, command: c.Command) -> None:
        """Write one command; drop it while no engine runs: the user is muted then anyway.

        What tells where the user is is kept for the next engine.
        """
        self._remember_place(command)
        self._write_line(command)

    def _remember_place(self, command: c.Command) -> None:
        """Keep what tells where the user is, for the next engine."""
        match command:
            case Enter():
                self._standing[Enter, ""] = command
            case ConnectServer(url=url):
                self._standing[ConnectServer, parse_server(url).server] = command
            case ForServer(server=url, asks=c.WatchRooms() | c.WatchHome() as asks):
                self._standing[type(asks), url] = command
            case DisconnectServer(url=url):
                for kind in (ConnectServer, c.WatchRooms, c.WatchHome):
                    self._standing.pop((kind, url), None)

    def _write_line(self, command: c.Command) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode_command(command))

    async def events(self) -> AsyncIterator[ChannelEvent]:
        """Yield every event of the engine, and those that tell of its restarts."""
        attempts = iter(BACKOFF)
        while not self._closing:
            started = time.monotonic()
            try:
                reader = await self._start()
            except OSError as error:
                yield Left(code="engine", text=f"cannot start the engine: {error}", exit_code=1)
                return
            async for event in _events_of(reader):
                yield self._minded(event)
                if isinstance(event, Left):
                    return
            await self._stop()
            if self._closing:
                return
            # A dead engine has released the microphone, whatever its last event said.
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

    def _minded(self, event: ChannelEvent) -> ChannelEvent:
        """Keep what the next engine needs if this one dies, and return the event without it."""
        match event:
            case e.Joined(ticket=ticket):
                enter = self._standing.get((Enter, ""))
                if isinstance(enter, Enter):
                    self._standing[Enter, ""] = replace(enter, ticket=ticket)
                return replace(event, ticket=None)
            case SoundChanged(sound=sound, played=False):
                enter = self._standing.get((Enter, ""))
                if isinstance(enter, Enter):
                    self._standing[Enter, ""] = replace(enter, sound=sound)
            case e.RoomLeft() | e.Refused(command="enter"):
                self._standing.pop((Enter, ""), None)
        return event

    async def close(self) -> None:
        """End the channel and so the engine; kill the engine if it still runs after two seconds."""
        self._closing = True
        await self._stop()

    async def _start(self) -> asyncio.StreamReader:
        engine, self._started = self._started, None
        engine = engine or EngineStart(self._log, self._mic, self._command)
        self._process = engine.process
        reader, self._writer = await asyncio.open_unix_connection(
            sock=engine.channel, limit=MAX_LINE
        )
        for command in self._standing.values():
            self._write_line(command)
        return reader

    async def _stop(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        process, deadline = self._process, time.monotonic() + engine_start.GRACE
        while process is not None and process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                break
            await asyncio.sleep(0.01)
        self._process = None
        if writer is not None:
            # Without this, closing would wait for ever for an engine that hangs and does not read.
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _events_of(reader: asyncio.StreamReader) -> AsyncIterator[ChannelEvent]:
    while True:
        try:
            line = await reader.readline()
        except (OSError, ValueError):  # ValueError: the line is longer than MAX_LINE
            return
        if not line.endswith(b"\n"):
            return
        try:
            yield decode_event(line)
        except msgspec.DecodeError:
            continue  # an event type of a newer server or engine
