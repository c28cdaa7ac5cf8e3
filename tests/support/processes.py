"""Real processes for journeys: a server, and engines that speak JSON lines.

Everything is started through the command line, as a person or a script does it, with folders of its
own, and is gone at the end of the test.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from .patience import PATIENCE

SLACK = 3.0
"""Seconds by which every machine may be late."""
STARTS = 3.0
"""Factor on the start time of a server; a busy machine may be late by so much."""

Event = dict[str, Any]


class ParticipantProcess:
    """A process of ``roomcli host`` or ``roomcli join`` with ``--jsonl``."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.seen: list[Event] = []
        self._lines: queue.Queue[Event | None] = queue.Queue()
        assert process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()
        self.id = ""

    def say(self, command: str, **fields: object) -> None:
        """Send a command to the process."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"command": command, **fields}).encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(
        self, event: str, patience: float = PATIENCE, when: Callable[[Event], bool] | None = None
    ) -> Event:
        """Return the next event of this name for which ``when`` holds.

        Fails the test if none comes.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                got = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no {event} came; the last: {self.seen[-8:]}")
            if got is None:
                pytest.fail(f"it ended before {event}; the last: {self.seen[-8:]}")
            self.seen.append(got)
            if got["event"] == event and (when is None or when(got)):
                return got

    def joined(self) -> Event:
        """Wait until the participant is in the room, and return the event."""
        event = self.wait_for("joined")
        self.id = event["you"]
        return event

    def ended(self, patience: float = PATIENCE) -> int:
        """Close the standard input of the process, wait for its end, and return the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(patience)

    def read_to_the_end(self) -> None:
        """Wait until all that it said has been read, once it is over."""
        self._reader.join(PATIENCE)

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put(json.loads(line))
        self._lines.put(None)


class Journey:
    """Starts servers and participants in folders below ``folder``, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slack = 0.0
        """Seconds that this machine may be late now, estimated from the start of a server."""
        self._processes: list[subprocess.Popen[bytes]] = []
        self._participants: list[ParticipantProcess] = []

    def environment(self, person: str) -> dict[str, str]:
        """Return a person's environment: a home of their own and no settings of the tester."""
        home = self.folder / person
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if name[:7] != "ROOMCLI"}
        folders = {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE")}
        runtime = os.environ.get("XDG_RUNTIME_DIR") or str(home)
        return kept | folders | {"HOME": str(home), "XDG_RUNTIME_DIR": runtime}

    def serve(
        self, *options: str, listen: str = "127.0.0.1:0"
    ) -> tuple[str, subprocess.Popen[bytes]]:
        """Start a server on loopback; return its URL and its process."""
        data = self.folder / "server"
        began = time.monotonic()
        process = self._started(
            "server", "serve", "--listen", listen, "--data", str(data), "--jsonl", *options
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server did not start"
        self.slack = max(self.slack, SLACK, STARTS * (time.monotonic() - began))
        return str(json.loads(line)["url"]), process

    def participant(
        self, person: str, verb: str, where: str, *options: str, **environment: str
    ) -> ParticipantProcess:
        """Start ``roomcli VERB WHERE --jsonl`` for a person.

        Without other options the microphone is a tone and the speaker is none.
        """
        silent = ("--speaker", "none") if "--speaker" not in options else ()
        quiet = ("--mic", "tone:440") if "--mic" not in options else ()
        words = (verb, where, "--jsonl", "--name", person, *options, *silent, *quiet)
        participant = ParticipantProcess(self._started(person, *words, **environment))
        self._participants.append(participant)
        return participant

    def close(self) -> None:
        """End all processes that still run."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        for participant in self._participants:
            participant.read_to_the_end()
        for process in self._processes:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _started(self, person: str, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "roomcli", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environment(person) | environment,
            bufsize=0,
        )
        self._processes.append(process)
        return process


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
