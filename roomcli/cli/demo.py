"""``roomcli demo``: a room full of people, without a network, a sound card or anybody else.

It starts a server on loopback and a cast in another process; both are the real programs.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .. import folders
from ..errors import ConnectionFailed
from ..protocol.address import Address
from . import entrance, people
from .own_server import demo_server
from .parser import Parser

ROOM = "demo"
CURTAIN_SECONDS = 30.0
"""Seconds that the cast may take to be on stage."""
SCENE_SECONDS = 20.0
"""Seconds that the demo goes on after the end of its input."""


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    current = entrance.settled(options)
    # Whoever has no name yet is asked for one by the rooms of others, not here.
    current = replace(current, name=current.name or people.name_of_account())
    shown = entrance.face(options)
    command = entrance.enter_command("", current, intent="join")
    print("Opening the demo's room…", file=sys.stderr, flush=True)
    with demo_room() as room:
        if shown == "plain" and not os.isatty(0):
            _stay_a_while()
        return entrance.go(entrance.at(command, room), shown, current, keeps=False)


@contextlib.contextmanager
def demo_room() -> Iterator[Address]:
    """Open the room, with the cast on stage, until the block ends. Raises ConnectionFailed."""
    with (
        tempfile.TemporaryDirectory(prefix="roomcli-demo-") as folder,
        _cast() as cast,  # it starts while the server does
        demo_server(Path(folder)) as server,
    ):
        room = server.in_room(ROOM)
        cast.enter(room)
        yield room


def make_parser() -> Parser:
    """Return the parser of ``roomcli demo``."""
    parser = Parser(
        "demo",
        "Enter a room with three speakers and an audience, and become its host.",
        epilog="Everything happens on this machine, and begins anew after two minutes. Without\n"
        "sound the room is silent, and says what to install.",
        examples={
            "demo": "two minutes of a room, on this machine alone",
            "demo --plain": "the same, line by line",
        },
    )
    entrance.add_options(parser, elsewhere=False)
    return parser


class _Cast:
    """The process of the cast, which waits for the room's address."""

    def __init__(self, child: subprocess.Popen[bytes], log: Path) -> None:
        self._child = child
        self._log = log

    def enter(self, address: Address) -> None:
        """Tell the cast where to play and wait until it is on stage. Raises ConnectionFailed."""
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        late = threading.Timer(CURTAIN_SECONDS, self._child.kill)
        late.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                stdin.write(f"{address}\n".encode())
                stdin.flush()
            if not stdout.readline():
                raise ConnectionFailed(f"the demo's cast did not come; {self._log} says why")
        finally:
            late.cancel()


@contextlib.contextmanager
def _cast() -> Iterator[_Cast]:
    """Start the cast, and stop it at the end of the block."""
    log = folders.log_folder() / "demo.log"
    descriptor = folders.opened_log(log)
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "roomcli.demo.cast"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    with child:
        try:
            yield _Cast(child, log)
        finally:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(3.0)
            child.kill()


def _stay_a_while() -> None:
    """Keep the demo running for a while when nobody can type because its input has ended."""
    try:
        typed = os.dup(0)
    except OSError:  # closed counts as empty
        typed = os.open(os.devnull, os.O_RDONLY)
    theirs, ours = os.pipe()
    os.dup2(theirs, 0)
    os.close(theirs)

    def pass_on() -> None:
        with contextlib.suppress(OSError):
            while chunk := os.read(typed, 4096):
                os.write(ours, chunk)
            time.sleep(SCENE_SECONDS)
            os.write(ours, b"/leave\n" * 2)  # a host is asked once more

    threading.Thread(target=pass_on, daemon=True).start()
