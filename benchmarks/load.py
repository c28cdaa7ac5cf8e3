"""The people of a room in a process of their own: ``python -m benchmarks.load SETTINGS``.

SETTINGS is a JSON object (see :class:`LoadSettings`). The process enters the room, says ``ready``,
is told ``{"begin": NS, "end": NS}`` (monotonic), once or more often, and answers each time with
what was sent, or heard, of the voice that was sent in between. ``"pause_ns": NS`` beside these is
the interval between two signs of life of each from then on. It ends with its standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from roomcli.load.crowd import Crowd, CrowdMember, Listeners
from roomcli.load.entering import Entrance, enter_audience, enter_stage, pause_of
from roomcli.load.lean_client import LeanClient
from roomcli.load.process import SETTLE_NS
from roomcli.load.stage import SpeakingCrowd
from roomcli.load.talking import Talking
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import FRAME

from .datagram_crowd import DatagramCrowd
from .lean_datagrams import LeanDatagramClient
from .peers.floor_client import FloorClient
from .peers.murmur_client import MurmurClient
from .sources import next_source


@dataclass(frozen=True)
class LoadSettings:
    """The settings of a load process.

    ``role`` is ``speakers`` or ``listeners``. ``client``: whom they talk to: ``roomcli``,
    ``roomcli_udp``, ``bare`` (a relay without rooms or roles), ``floor_udp``, ``murmur`` (by UDP)
    or ``murmur_tls``. Of ours by UDP those who speak hear by TCP.
    ``audible``: those who talk send speech in place of noise that tells when it was sent, so that
    an engine has something to decode.
    """

    role: str
    url: str
    count: int
    client: str = "roomcli"
    audible: bool = False

    @property
    def by_datagrams(self) -> bool:
        """Whether voice comes in datagrams."""
        if self.client == "roomcli_udp":
            return self.role == "listeners"
        return self.client in ("floor_udp", "murmur")

    @property
    def is_ours(self) -> bool:
        """Whether they talk to roomcli's server."""
        return self.client in ("roomcli", "roomcli_udp")


def spoken() -> list[bytes]:
    """Return some seconds of speech, a frame of 20 ms each."""
    from roomcli.audio.opus import Encoder

    from .talk import speech

    encoder, sound = Encoder(), speech()
    whole = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    frames = [encoder.encode(frame) for frame in whole]
    encoder.close()
    return frames


def enter_with_everybody(crowd: Crowd, settings: LoadSettings) -> None:
    """Bring everybody into the room, or to the peer."""
    address = parse_address(settings.url)
    kind = "Speaker" if settings.role == "speakers" else "Listener"
    names = [f"{kind}{number}" for number in range(settings.count)]
    if not settings.is_ours:
        for name in names:
            crowd.serve(_outsider(address, settings.client, name))
            crowd.step(0)
        if settings.client == "bare":
            crowd.set_pace(pause_of(settings.count))
        return
    connect = _by_udp if settings.client == "roomcli_udp" else _from_somewhere
    entrance = Entrance(crowd, address, connect=connect)
    if isinstance(crowd, SpeakingCrowd):
        enter_stage(crowd, entrance, names)
    else:
        enter_audience(crowd, entrance, names)


def _from_somewhere(address: Address) -> LeanClient:
    return LeanClient(address, next_source())


def _by_udp(address: Address) -> LeanClient:
    return LeanDatagramClient(address, next_source())


def _outsider(address: Address, client: str, name: str) -> CrowdMember:
    """Bring one person into a peer, where all may speak."""
    match client:
        case "floor_udp":
            return FloorClient(address)
        case "murmur" | "murmur_tls":
            return MurmurClient(address, name, tunnel=client == "murmur_tls")
        case _:
            return _from_somewhere(address)


def main() -> None:
    """Enter, answer measurements, and end with standard input."""
    settings = LoadSettings(**json.loads(sys.argv[1]))
    listens = settings.role == "listeners"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load")))
        crowd: Crowd
        if settings.by_datagrams:
            crowd = stack.enter_context(DatagramCrowd(folder))
        elif listens:
            crowd = Listeners()
        else:
            crowd = SpeakingCrowd() if settings.is_ours else Crowd()
        enter_with_everybody(crowd, settings)
        if isinstance(crowd, DatagramCrowd):
            crowd.begin()
        _say({"event": "ready", "pids": [os.getpid(), *crowd.pids], **asdict(settings)})
        speakers = crowd.on_air if isinstance(crowd, SpeakingCrowd) else crowd.clients
        voice = spoken() if settings.audible else []
        talk = Talking(crowd, speakers, guarded=settings.client == "roomcli", voice=voice)
        while (orders := crowd.wait_for_orders()) is not None:
            if pause := orders.pop("pause_ns", 0):
                crowd.set_pace(pause)
            if listens:
                said = crowd.count_heard(**orders, until=orders["end"] + SETTLE_NS)
            else:
                said = talk.go_on(**orders)
            _say({"event": "result", **said})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
