"""The engine's process: its channel, its signals, its end."""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence

import trio

from ..errors import RoomcliError
from ..folders import engine_socket, runtime_folder
from ..protocol.local import ConnectServer, Enter, Left, Notices, Problem
from ..signals import heeded
from ..wire.priority import ask_for_priority
from . import device_memory
from .channel import MAX_LINE, Channel, Grammar, Lines
from .control_socket import control_socket, serve_control
from .loop import EngineLoop
from .session import RoomSession

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5
STDIN, STDOUT = 0, 1  # by number: Python has no object for a closed stream
Opening = Enter | Sequence[ConnectServer]
"""What an engine begins with: a room, or home at servers."""


def main(argv: list[str] | None = None) -> int:
    """Run ``python -m roomcli.engine --channel-fd N``: serve the frontend at the other end of N."""
    parser = argparse.ArgumentParser(prog="roomcli.engine")
    parser.add_argument("--channel-fd", type=int, required=True, metavar="N")
    arguments = parser.parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    return trio.run(functools.partial(_serve_socket, arguments.channel_fd))


def run_stdio(
    opening: Opening, notices: Notices | None = None, grammar: Grammar | None = None
) -> int:
    """Run the engine with standard input and output as its channel; return the exit code.

    ``notices`` gives the notices of the user's own server for its admin; ``grammar`` reads what a
    script writes.
    """
    return trio.run(functools.partial(_serve_stdio, opening, notices, grammar))


async def _serve_socket(descriptor: int) -> int:
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(socket.socket(fileno=descriptor)))
    return await _serve(Channel(Lines(stream.receive_some).next, stream.send_all), None)


async def _serve_stdio(opening: Opening, notices: Notices | None, grammar: Grammar | None) -> int:
    # In threads, since standard input may be a file or a terminal, which cannot be polled or must
    # not become non-blocking for others; unbuffered, since a buffer's lock would outlive us.
    last = b"\n"

    async def receive_some() -> bytes:
        nonlocal last
        read = functools.partial(os.read, STDIN, MAX_LINE)
        received = await trio.to_thread.run_sync(read, abandon_on_cancel=True)
        if not received and not last.endswith(b"\n"):
            received = b"\n"  # a script's last line may lack its end
        last = received
        return received

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(STDOUT, rest) :]

    async def write_lines(data: bytes) -> None:
        await trio.to_thread.run_sync(write, data, abandon_on_cancel=True)

    channel = Channel(Lines(receive_some).next, write_lines, grammar)
    return await _serve(channel, opening, notices)


async def _serve(channel: Channel, opening: Opening | None, notices: Notices | None = None) -> int:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.run)
        try:
            exit_code = await _served(channel, opening, notices)
        except RoomcliError as error:
            exit_code = 2
            channel.send(Left(code="cannot_start", text=str(error), exit_code=exit_code))
        with trio.move_on_after(FLUSH_SECONDS):
            await channel.flush()
        nursery.cancel_scope.cancel()
    return exit_code


async def _served(channel: Channel, opening: Opening | None, notices: Notices | None) -> int:
    ask_for_priority()
    loop = EngineLoop(
        channel, runtime_folder() / "microphone", owned=opening is None, serve=_take_control
    )
    if notices is not None:
        notices(functools.partial(_pass_on, loop, trio.lowlevel.current_trio_token()))
    device_memory.recall()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_leave_on_signal, loop)
            exit_code = await loop.run(opening or ())
            nursery.cancel_scope.cancel()
    finally:
        device_memory.keep()
    return exit_code


def _pass_on(loop: EngineLoop, token: trio.lowlevel.TrioToken, notice: Problem) -> None:
    with contextlib.suppress(trio.RunFinishedError):  # the stay is over
        token.run_sync_soon(loop.tell, notice)


async def _take_control(session: RoomSession) -> None:
    """Listen for ``roomcli ctl``; without a control socket the room still works."""
    try:
        with control_socket(engine_socket(os.getpid())) as listener:
            await serve_control(listener, session)
    except (OSError, RoomcliError) as error:
        log.warning("roomcli ctl cannot reach this room: %s", error)


async def _leave_on_signal(loop: EngineLoop) -> None:
    numbers = heeded((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    if not numbers:
        return
    with trio.open_signal_receiver(*numbers) as signals:
        async for number in signals:
            exit_code = 130 if number == signal.SIGINT else 0
            loop.leave(Left(code="left", text="interrupted", exit_code=exit_code))
