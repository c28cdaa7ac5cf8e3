"""The datagrams of a whole audience, read by a C program, so that the load costs little."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .compiled import compile_c

CHECKED = 20
"""Listeners whose every datagram is kept and looked into afterwards."""
LEAST_VOICE = 70
"""Bytes of the shortest datagram that holds voice; signs of life are shorter."""
_SOURCE = Path(__file__).with_suffix(".c")
_REPORT = 60.0


@dataclass(frozen=True)
class KeptDatagram:
    """A datagram, the number of the listener who got it, and when, in ns."""

    listener: int
    arrival: int
    datagram: bytes


@dataclass(frozen=True)
class Counted:
    """Datagrams with voice and their bytes, of everybody, and all of those who are checked."""

    datagrams: int
    size: int
    kept: list[KeptDatagram]


class DatagramSink:
    """Reads the datagrams of all these sockets in a process of its own."""

    def __init__(self, sockets: Sequence[socket.socket], folder: Path) -> None:
        self._step = max(1, len(sockets) // CHECKED)
        self.checked = len(sockets[:: self._step])
        numbers = [each.fileno() for each in sockets]
        settings = map(str, (self._step, LEAST_VOICE, *numbers))
        self._child = processes.LineProcess(
            processes.start(
                [str(compile_c(_SOURCE, folder)), *settings],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                inherited=numbers,
            )
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    def order(self, begin: int, end: int, until: int) -> None:
        """Have voice counted that comes from ``begin`` to ``end``, and the rest kept ``until``."""
        self._child.write_line(f"{begin} {end} {until}")
        self._child.read_until("ordered", _REPORT)

    def result(self) -> Counted:
        """Return what was ordered, once its time is over."""
        kept: list[KeptDatagram] = []
        while True:
            first, second, third = self._child.read_line(_REPORT).split(" ")
            if first == "counted":
                return Counted(int(second), int(third), kept)
            kept.append(KeptDatagram(int(first), int(second), bytes.fromhex(third)))

    def close(self) -> None:
        """End the process."""
        self._child.finish()
