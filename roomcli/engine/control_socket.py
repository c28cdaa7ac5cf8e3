"""The engine's socket for ``roomcli ctl``: the room's state, then commands and their answers.

One JSON object per line. A new connection gets the state first. Each command is answered by
``done`` or ``refused`` with its own ref, after the list that it asked for. Only the user can open
the socket, but its input is still not trusted.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec
import trio
from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.lines import LineSplitter
from ..protocol.local import ReadRoom, TypedCommand
from .channel import MAX_LINE, ref_of
from .replies import Answer

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 8
MAX_WAITING = 100
"""Answers that may wait for one connection to read them."""
WRITE_SECONDS = 1.0

_GONE = (OSError, trio.ClosedResourceError, trio.BrokenResourceError)

Reply = Answer | e.Joined
"""What a connection may get in answer; ``joined`` answers ``read_room``."""
ControlCommand = TypedCommand | ReadRoom


@functools.cache  # a start has no time for it
def _decoder() -> msgspec.json.Decoder[ControlCommand]:
    return msgspec.json.Decoder(ControlCommand)


class Controlled(Protocol):
    """What the control socket controls; a ``RoomSession`` is one."""

    def state(self) -> dict[str, Any]:
        """Return the room as a status bar shows it."""

    def control(self, command: ControlCommand, answered: Callable[[Reply], None]) -> None:
        """Carry out a command; ``answered`` gets what it asked for, last done or refused."""


@contextlib.contextmanager
def control_socket(path: Path) -> Iterator[trio.SocketListener]:
    """Open a socket at ``path`` for its owner alone, and remove it at the end. Raises OSError."""
    listening = socket.socket(socket.AF_UNIX)
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # left by a process that had our number before
        mask = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(mask)
        listening.listen(MAX_CONNECTIONS)
        yield trio.SocketListener(trio.socket.from_stdlib_socket(listening))
    finally:
        listening.close()
        with contextlib.suppress(OSError):
            path.unlink()


async def serve_control(listener: trio.SocketListener, room: Controlled) -> None:
    """Answer everybody who connects, until cancelled."""
    talking: list[trio.CancelScope] = []

    async def handle(stream: trio.SocketStream) -> None:
        with trio.CancelScope() as scope:
            talking.append(scope)
            if len(talking) > MAX_CONNECTIONS:
                talking.pop(0).cancel()  # a new connection must get through: it may be a mute
            await _Conversation(stream, room).run()
        if scope in talking:
            talking.remove(scope)

    await trio.serve_listeners(handle, [listener])


class _Conversation:
    """One connection to the control socket. The engine never waits for it to read.

    Answers that are not read in time are dropped.
    """

    def __init__(self, stream: trio.SocketStream, room: Controlled) -> None:
        self._stream = stream
        self._room = room
        self._put, self._get = trio.open_memory_channel[bytes](MAX_WAITING)

    async def run(self) -> None:
        """Talk until the other end closes, or does not read."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write, nursery.cancel_scope)
            self._send_line({"event": "state", **self._room.state()})
            with contextlib.suppress(*_GONE):
                async for line in _lines(self._stream):
                    self._handle_line(line)
            self._put.close()  # answers queued by now still go out

    def _handle_line(self, line: bytes) -> None:
        try:
            command = _decoder().decode(line)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            text = f"not a command for here: {error}"
            self._send_line(e.Refused(command="", code="bad_message", text=text, ref=ref_of(line)))
            return
        self._room.control(command, lambda answer: self._answer(command, answer))

    def _answer(self, command: c.Command, answer: Reply) -> None:
        name = c.command_name(command)
        match answer:
            case e.Done():
                self._send_line(e.Done(ref=command.ref or 0))
            case e.Refused():
                self._send_line(replace(answer, command=name, ref=command.ref))
            case e.Joined():
                self._send_line(answer)
            case _:
                self._send_line(replace(answer, ref=command.ref))

    def _send_line(self, what: object) -> None:
        with contextlib.suppress(trio.WouldBlock, *_GONE):
            self._put.send_nowait(msgspec.json.encode(what) + b"\n")

    async def _write(self, scope: trio.CancelScope) -> None:
        try:
            async for line in self._get:
                with trio.fail_after(WRITE_SECONDS):
                    await self._stream.send_all(line)
        except (trio.TooSlowError, *_GONE) as error:
            log.debug("a control connection ended: %s", error)
            scope.cancel()


async def _lines(stream: trio.SocketStream) -> AsyncIterator[bytes]:
    splitter = LineSplitter(MAX_LINE)
    async for received in stream:
        for line in splitter.feed(bytes(received)):
            if line is None:
                return
            if line.strip():
                yield line
