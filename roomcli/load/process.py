"""A part of a load in a process of its own: ``python -m roomcli.load``.

The first line of its standard input is a JSON object (see :class:`LoadPart`). The process enters
the room, says ``entered`` as people come in and ``ready``, is told ``{"begin": NS, "end": NS}``
(monotonic) once or more often, and answers each with what was sent, or heard, of the voice that was
sent in between. When its standard input ends it leaves the room.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from dataclasses import dataclass
from functools import partial

from ..errors import CommandRefused, ConnectionFailed, ConnectionLost, RoomcliError
from ..protocol import commands as c
from ..protocol.address import parse_address
from .by_udp import ByUdp, UdpListeners, UdpSpeakers
from .crowd import Crowd, Listeners
from .datagram_client import DatagramClient
from .entering import Entrance, enter_audience, enter_stage
from .lean_client import LeanClient
from .stage import SpeakingCrowd
from .talking import Talking

SETTLE_NS = 1_000_000_000
"""How long after the end of an order what was sent before it may still come."""
TOLD_NS = 200_000_000
"""The shortest time between two words of how many have entered."""
SPARE_FILES = 50
"""Open files that a process needs beside its connections."""


@dataclass(frozen=True)
class LoadPart:
    """What one process of a load does: ``count`` people, who speak or listen in the room at a URL.

    ``first`` is the number in the first one's name; with ``udp`` voice goes by UDP.
    """

    speaks: bool
    url: str
    count: int
    first: int = 1
    udp: bool = False

    @property
    def names(self) -> list[str]:
        """What its people are called."""
        kind = "Speaker" if self.speaks else "Listener"
        return [f"{kind}{self.first + number}" for number in range(self.count)]


class OwnWork:
    """The share of a core that this process uses, from one look to the next."""

    def __init__(self) -> None:
        self._used, self._at = time.process_time(), time.monotonic()

    def share(self) -> float:
        """Return the share since the last look."""
        used, at = time.process_time(), time.monotonic()
        share = (used - self._used) / max(at - self._at, 1e-6)
        self._used, self._at = used, at
        return share


def main() -> int:
    """Be a part of a load until standard input ends; return the exit code."""
    part = LoadPart(**json.loads(sys.stdin.buffer.readline()))
    crowd = _crowd_of(part)
    try:
        _allow_files(part.count * (2 if part.udp else 1))
        _take_part(crowd, part)
    except RoomcliError as error:
        code = error.code if isinstance(error, CommandRefused) else ""
        _tell_parent("failed", code=code, text=str(error))
        return 1
    finally:
        _leave_room(crowd)
    return 0


def _crowd_of(part: LoadPart) -> SpeakingCrowd | Listeners:
    if part.udp:
        return UdpSpeakers() if part.speaks else UdpListeners()
    return SpeakingCrowd() if part.speaks else Listeners()


def _take_part(crowd: SpeakingCrowd | Listeners, part: LoadPart) -> None:
    connect = DatagramClient if part.udp else LeanClient
    arriving = _Arriving()
    entrance = Entrance(crowd, parse_address(part.url), connect=connect, told=arriving.count_in)
    invite = None
    if isinstance(crowd, SpeakingCrowd):
        invite = enter_stage(
            crowd,
            entrance,
            part.names,
            access="invite",
            told_waiting=partial(_tell_parent, "hands_raised"),
        )
    else:
        enter_audience(crowd, entrance, part.names)
    if isinstance(crowd, ByUdp):
        crowd.wait_until_settled()
    if crowd.over:
        return
    _tell_parent("ready", invite=invite)
    talk = (
        Talking(crowd, crowd.on_air, guarded=not part.udp)
        if isinstance(crowd, SpeakingCrowd)
        else None
    )
    work = OwnWork()
    while (orders := crowd.wait_for_orders()) is not None:
        if talk is None:
            result = crowd.count_heard(**orders, until=orders["end"] + SETTLE_NS)
        else:
            result = talk.go_on(**orders)
        _tell_parent("result", **result, cpu_share=work.share())


def _leave_room(crowd: Crowd) -> None:
    """Let everybody leave, and end the room if it was opened for them."""
    if isinstance(crowd, SpeakingCrowd) and crowd.host is not None:
        with contextlib.suppress(ConnectionLost):
            crowd.host.send_command(c.EndRoom())
    for client in crowd.clients:
        if isinstance(client, LeanClient):
            client.leave()


class _Arriving:
    """Says how many have entered, not too often."""

    def __init__(self) -> None:
        self._told_at = 0

    def count_in(self, count: int) -> None:
        now = time.monotonic_ns()
        if now - self._told_at >= TOLD_NS:
            self._told_at = now
            _tell_parent("entered", count=count)


def _allow_files(connections: int) -> None:
    """Raise ConnectionFailed if this system lets no process have so many connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if most != resource.RLIM_INFINITY and wanted > most:
        raise ConnectionFailed(
            f"this system lets a process open {most} files, and {wanted} are needed:"
            f" `ulimit -n {wanted}` before"
        )
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _tell_parent(event: str, **what: object) -> None:
    print(json.dumps({"event": event, **what}), flush=True)
