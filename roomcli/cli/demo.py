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
from pathlib import Path

from .. import folders
from ..errors import ConnectionFailed
from ..protocol.address import Address
from . import entrance
from .own_server import demo_server
from .parser import Parser

ROOM = "demo"
CURTAIN_SECONDS = 30.0
"""Seconds that the cast may take to be on stage."""
SCENE_SECONDS = 20.0
"""Seconds that the demo goes on after the end of its input."""


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    parser = Parser(
        "demo",
        "Enter a room with three speakers and an audience, and become its host.",
        epilog="Everything happens on this machine. Without sound the room is silent, and says\n"
        "what to install.",
    )
    entrance.add_options(parser, elsewhere=False)
    options = parser.parse_args(argv)
    current = entrance.settled(options)
    shown = entrance.face(options)
    command = entrance.enter_command("", current, intent="join")
    with tempfile.TemporaryDirectory(prefix="roomcli-demo-") as folder:
        print("Opening the demo's room…", file=sys.stderr, flush=True)
        with demo_server(Path(folder)) as server, _cast(server.in_room(ROOM)) as address:
            if shown == "plain" and not os.isatty(0):
                _stay_a_while()
            return entrance.go(entrance.at(command, address), shown, current)


@contextlib.contextmanager
def _cast(address: Address) -> Iterator[Address]:
    """Start the cast, wait until it is on stage, and stop it at the end of the block."""
    log = folders.log_folder() / "demo.log"
    descriptor = folders.opened_log(log)
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "roomcli.demo.cast", str(address)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    late = threading.Timer(CURTAIN_SECONDS, child.kill)
    late.start()
    with child:
        assert child.stdout is not None
        try:
            if not child.stdout.readline():
                raise ConnectionFailed(f"the demo's cast did not come; {log} says why")
            late.cancel()
            yield address
        finally:
            late.cancel()
            assert child.stdin is not None
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
            os.write(ours, b"/leave\n")

    threading.Thread(target=pass_on, daemon=True).start()
