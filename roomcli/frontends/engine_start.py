"""Starts the engine's process, whose other end of the channel the frontend holds."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..folders import opened_log

ENGINE_COMMAND = (sys.executable, "-m", "roomcli.engine")
GRACE = 2.0
"""Longest wait in seconds for an engine whose channel has ended."""


class EngineStart:
    """An engine that runs, and the channel to it, on which nothing was said yet.

    As a context it ends the engine, unless the channel was used and has ended it already.
    Its output goes to ``log``. If ``mic`` is an open descriptor, as in ``fd:3``, it inherits it.
    Raises OSError if it cannot be started.
    """

    def __init__(
        self, log: Path, mic: str | None = None, command: Sequence[str] = ENGINE_COMMAND
    ) -> None:
        pipes = [int(mic[3:])] if mic is not None and mic.startswith("fd:") else []
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            with os.fdopen(opened_log(log), "ab") as output:
                self.process = subprocess.Popen(
                    [*command, "--channel-fd", str(theirs.fileno())],
                    pass_fds=(theirs.fileno(), *pipes),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=output,
                    start_new_session=True,
                )
            undo.pop_all()
        self.channel = ours

    def __enter__(self) -> EngineStart:
        return self

    def __exit__(self, *_: object) -> None:
        """End the channel and so the engine; kill the engine if it still runs after two seconds."""
        self.channel.close()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
