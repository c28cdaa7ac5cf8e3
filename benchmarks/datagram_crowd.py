"""People whose voice comes in datagrams; a sink reads these, the crowd everything else."""

from __future__ import annotations

import contextlib
import socket
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from roomcli.load.crowd import Crowd, CrowdMember, result
from roomcli.load.tally import Tally, count

from .datagram_sink import DatagramSink, KeptDatagram


@runtime_checkable
class DatagramClient(Protocol):
    """A client that also has a socket for datagrams."""

    datagrams: socket.socket | None

    def tally_of_datagram(self, datagram: bytes) -> Tally | None:
        """Return a tally of the voice in it, or None. Raises ValueError if it is not ours."""


class DatagramCrowd(Crowd):
    """A crowd that counts the datagrams of all, and looks into those of some afterwards."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._reached: list[DatagramClient] = []
        self._sink: DatagramSink | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sink is not None:
            self._sink.close()

    @property
    def pids(self) -> list[int]:
        return [] if self._sink is None else [self._sink.pid]

    def serve(self, client: CrowdMember) -> None:
        assert isinstance(client, DatagramClient)
        self._reached.append(client)
        if client.datagrams is client.socket:
            client.steady()
        else:
            super().serve(client)

    def begin(self) -> None:
        """Have the datagrams read from now on, once everybody is there."""
        sockets = [each.datagrams for each in self._reached if each.datagrams is not None]
        if sockets:
            self._sink = DatagramSink(sockets, self._folder)

    def count_heard(self, begin: int, end: int, until: int) -> dict[str, object]:
        assert self._sink is not None
        self._sink.order(begin, end, until)
        super().count_heard(begin, end, until)
        counted = self._sink.result()
        tallies = list(self._tallies(counted.kept))
        voices = sum(len(tally.stamps) for tally in tallies) / max(1, len(tallies))
        said = result(count(tallies, begin, end), self._sink.checked, self.lost)
        return said | {"delivered": round(counted.datagrams * voices), "bytes": counted.size}

    def _tallies(self, kept: list[KeptDatagram]) -> Iterator[Tally]:
        for each in kept:
            with contextlib.suppress(ValueError):
                tally = self._reached[each.listener].tally_of_datagram(each.datagram)
                if tally is not None and tally.stamps:
                    tally.arrivals = array("q", (each.arrival,))
                    yield tally
