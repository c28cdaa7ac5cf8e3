"""The engine's process: its channel, its signals, its end."""

from __future__ import annotations

import argparse
import functools
import gc
import logging
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

import platformdirs
import trio

from ..errors import ProtocolError, RoomcliError
from ..protocol.address import parse_address
from ..protocol.local import Enter, Left, Problem
from .channel import MAX_LINE, Channel
from .keys import personal_key
from .preview import Preview
from .session import Session

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5


def main(argv: list[str] | None = None) -> int:
    """``python -m roomcli.engine --channel-fd N``: serve the frontend at the other end of N."""
    parser = argparse.ArgumentParser(prog="roomcli.engine")
    parser.add_argument("--channel-fd", type=int, required=True, metavar="N")
    arguments = parser.parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    return trio.run(functools.partial(_serve_socket, arguments.channel_fd))


def run_stdio(enter: Enter) -> int:
    """The engine with standard input and output as its channel; returns the exit code."""
    return trio.run(functools.partial(_serve_stdio, enter))


async def _serve_socket(descriptor: int) -> int:
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(socket.socket(fileno=descriptor)))
    lines = _Lines(stream)
    return await _serve(Channel(lines.read_line, stream.send_all), None)


async def _serve_stdio(enter: Enter) -> int:
    # Threads, since standard input may be a file or a terminal, which cannot be polled or must
    # not be made non-blocking for others.
    async def read_line() -> bytes:
        return await trio.to_thread.run_sync(
            sys.stdin.buffer.readline, MAX_LINE, abandon_on_cancel=True
        )

    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    async def write_lines(data: bytes) -> None:
        await trio.to_thread.run_sync(write, data, abandon_on_cancel=True)

    return await _serve(Channel(read_line, write_lines), enter)


async def _serve(channel: Channel, enter: Enter | None) -> int:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.run)
        try:
            exit_code = await _served(channel, enter)
        except RoomcliError as error:
            exit_code = 2
            channel.send(Left(code="cannot_start", text=str(error), exit_code=exit_code))
        with trio.move_on_after(FLUSH_SECONDS):
            await channel.flush()
        nursery.cancel_scope.cancel()
    return exit_code


async def _served(channel: Channel, enter: Enter | None) -> int:
    enter = enter or await _first_command(channel)
    if enter is None:
        return 0
    address = parse_address(enter.url)
    session = Session(address, enter, personal_key(), channel, _claim_path())
    # What was made so far stays; the collector need not walk it while voice runs.
    gc.collect()
    gc.freeze()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_leave_on_signal, session)
        exit_code = await session.run()
        nursery.cancel_scope.cancel()
    return exit_code


async def _first_command(channel: Channel) -> Enter | None:
    preview = Preview(channel)
    while True:
        try:
            return await preview.run()
        except ProtocolError as error:
            channel.send(Problem(code=error.code, text=str(error)))


async def _leave_on_signal(session: Session) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async for number in signals:
            exit_code = 130 if number == signal.SIGINT else 0
            session.leave(Left(code="left", text="interrupted", exit_code=exit_code))


def _claim_path() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) if runtime else Path(tempfile.gettempdir()) / f"roomcli-{os.getuid()}"
    folder = folder / "roomcli" if runtime else folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        folder = platformdirs.user_data_path("roomcli")
    return folder / "microphone"


class _Lines:
    """Lines from a stream of bytes, none longer than :data:`MAX_LINE`."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._buffer = b""

    async def read_line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > MAX_LINE:
                self._buffer = b""
                return b"{}\n"
            received = await self._stream.receive_some(MAX_LINE)
            if not received:
                return b""
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line + b"\n"
