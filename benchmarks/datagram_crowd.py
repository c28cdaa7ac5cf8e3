"""People whose voice comes in datagrams; a sink reads these, the crowd everything else."""

from __future__ import annotations

import contextlib
import socket
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from roomcli.errors import ConnectionLost
from roomcli.load.crowd import Crowd, CrowdMember, result
from roomcli.load.lean_client import PATIENCE
from roomcli.load.tally import Tally, count

from .datagram_sink import DatagramSink, KeptDatagram
from .lean_datagrams import LeanDatagramClient


@runtime_checkable
class SunkClient(Protocol):
    """A client whose datagrams a sink reads."""

    datagrams: socket.socket | None

    is_settled: bool
    """Whether the server sends voice by datagrams already."""

    def tally_of_datagram(self, datagram: bytes) -> Tally | None:
        """Return a tally of the voice in it, or None. Raises ValueError if it is not ours."""


class DatagramCrowd(Crowd):
    """A crowd that counts the datagrams of all, and looks into those of some afterwards."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._reached: list[SunkClient] = []
        self._sink: DatagramSink | None = None
        self._leader: LeanDatagramClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sink is not None:
            self._sink.close()

    @property
    def pids(self) -> list[int]:
        return [] if self._sink is None else [self._sink.pid]

    def serve(self, client: CrowdMember) -> None:
        assert isinstance(client, SunkClient)
        self._reached.append(client)
        if client.datagrams is client.socket:
            client.steady()
        else:
            super().serve(client)

    def begin(self) -> None:
        """Have the datagrams read from now on, once everybody is there.

        Of ours the crowd goes on reading those of one, who tells the others how far voice has come.
        Raises ConnectionLost if the server sends no voice by UDP.
        """
        until = time.monotonic() + PATIENCE
        while not all(each.is_settled for each in self._reached):
            if time.monotonic() > until:
                raise ConnectionLost("the server sends no voice by UDP")
            for each in self._reached:
                if isinstance(each, LeanDatagramClient):
                    each.read_datagrams()
            self.step(0.02)
        ours = [each for each in self._reached if isinstance(each, LeanDatagramClient)]
        if ours:
            self._leader = ours[0]
            for follower in ours[1:]:
                follower.follow_in(self._leader)
        self._reached = [each for each in self._reached if each is not self._leader]
        sockets = [each.datagrams for each in self._reached if each.datagrams is not None]
        if sockets:
            self._sink = DatagramSink(sockets, self._folder)

    def step(self, patience: float) -> None:
        if self._leader is not None:
            self._leader.read_datagrams()
        super().step(patience)

    def count_heard(self, begin: int, end: int, until: int) -> dict[str, object]:
        assert self._sink is not None
        self._sink.order(begin, end, until)
        super().count_heard(begin, end, until)
        counted = self._sink.result()
        tallies = list(self._tallies(counted.kept))
        voices = sum(len(tally.stamps) for tally in tallies) / max(1, len(tallies))
        checked = self._sink.checked
        heard = count(tallies, begin, end)
        said = result(heard, checked, self.lost)
        everybody = 1.0 if self._leader is None else 1 + 1 / len(self._reached)  # read here
        delivered, size = counted.datagrams * voices * everybody, counted.size * everybody
        # Each who is checked has a datagram of their own, where by TCP all get the same message.
        bundles = round(heard.bundles / checked)
        return said | {"delivered": round(delivered), "bytes": round(size), "bundles": bundles}

    def _tallies(self, kept: list[KeptDatagram]) -> Iterator[Tally]:
        for each in kept:
            with contextlib.suppress(ValueError):
                tally = self._reached[each.listener].tally_of_datagram(each.datagram)
                if tally is not None and tally.stamps:
                    tally.arrivals = array("q", (each.arrival,))
                    yield tally
