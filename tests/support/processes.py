"""Real processes for journeys: a server, and engines that speak JSON lines.

Everything is started through the command line, as a person or a script does it, with folders of its
own, and is gone at the end of the test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from benchmarks import processes
from benchmarks.processes import Child, ChildFailed, LineProcess

from .patience import PATIENCE

SLACK = 3.0
"""Seconds by which every machine may be late."""
STARTS = 3.0
"""Factor on the start time of a server; a busy machine may be late by so much."""

Event = dict[str, Any]
AnyChild = TypeVar("AnyChild", bound=LineProcess)


class ParticipantProcess(Child):
    """A process of ``roomcli host`` or ``roomcli join`` with ``--jsonl``."""

    id = ""

    def say(self, command: str, **fields: object) -> None:
        """Send a command to the process."""
        self.write({"command": command, **fields})

    def wait_for(
        self, event: str, patience: float = PATIENCE, when: Callable[[Event], bool] | None = None
    ) -> Event:
        """Return the next event of this name for which ``when`` holds.

        Fails the test if none comes.
        """
        try:
            return self.event(event, patience, when, instead=())
        except ChildFailed as error:
            pytest.fail(f"no {event} came: {error}; the last: {self.seen[-8:]}")

    def joined(self) -> Event:
        """Wait until the participant is in the room, and return the event."""
        event = self.wait_for("joined")
        self.id = event["you"]
        return event

    def ended(self, patience: float = PATIENCE) -> int:
        """Close the standard input of the process, wait for its end, and return the exit code."""
        return super().ended(patience)


class Journey:
    """Starts servers and participants in folders below ``folder``, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slack = 0.0
        """Seconds that this machine may be late now, estimated from the start of a server."""
        self._children: list[LineProcess] = []

    def environment(self, person: str) -> dict[str, str]:
        """Return a person's environment: a home of their own and no settings of the tester."""
        home = self.folder / person
        home.mkdir(exist_ok=True)
        runtime = os.environ.get("XDG_RUNTIME_DIR") or str(home)
        return processes.own_world(home) | {"XDG_RUNTIME_DIR": runtime}

    def serve(
        self,
        *options: str,
        listen: str = "127.0.0.1:0",
        program: Sequence[str] = ("roomcli", "serve"),
        **environment: str,
    ) -> tuple[str, subprocess.Popen[bytes]]:
        """Start a server on loopback; return its URL and its process."""
        data = self.folder / "server"
        command = processes.server_command(data, *options, listen=listen, program=program)
        began = time.monotonic()
        server = self.started(Child.start(command, self.environment("server") | environment))
        url = str(server.event("listening", PATIENCE)["url"])
        self.slack = max(self.slack, SLACK, STARTS * (time.monotonic() - began))
        return url, server.process

    def participant(
        self, person: str, verb: str, where: str, *options: str, **environment: str
    ) -> ParticipantProcess:
        """Start ``roomcli VERB WHERE --jsonl`` for a person.

        Without other options the microphone is a tone and the speaker is none.
        """
        silent = ("--speaker", "none") if "--speaker" not in options else ()
        quiet = ("--mic", "tone:440") if "--mic" not in options else ()
        words = (verb, where, "--jsonl", "--name", person, *options, *silent, *quiet)
        command = [sys.executable, "-m", "roomcli", *words]
        return self.started(
            ParticipantProcess.start(command, self.environment(person) | environment)
        )

    def started(self, child: AnyChild) -> AnyChild:
        """Return this process, which ends at the end of the test at the latest."""
        self._children.append(child)
        return child

    def close(self) -> None:
        """End all processes that still run."""
        for child in reversed(self._children):
            child.kill()


def room_on(url: str, room: str) -> str:
    """Return the address of a room on the server with this URL."""
    base, separator, fragment = url.partition("#")
    return f"{base}/r/{room}{separator}{fragment}"


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    """Return a journey, and end its processes after the test."""
    journey = Journey(tmp_path)
    try:
        yield journey
    finally:
        journey.close()
