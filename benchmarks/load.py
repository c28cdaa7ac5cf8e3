"""The people of a room in a process of their own: ``python -m benchmarks.load SETTINGS``.

SETTINGS is a JSON object (see :class:`LoadSettings`). The process enters the room, says ``ready``,
is told ``{"begin": NS, "end": NS}`` (monotonic), once or more often, and answers each time with
what was sent, or heard, of the voice that was sent in between. It ends with its standard input.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.load.crowd import Crowd, CrowdMember, Listeners
from roomcli.load.lean_client import LeanClient
from roomcli.load.tally import draw_payload
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import FRAME, RATE

from .datagram_crowd import DatagramCrowd
from .peers.floor_client import FloorClient
from .peers.murmur_client import MurmurClient

FRAME_NS = 20_000_000
UPLINK_ALLOWANCE = int(0.75 * RATE)
"""Media time that the server may be behind, with no allowance for the round trip on loopback."""
SETTLE_NS = 1_000_000_000


@dataclass(frozen=True)
class LoadSettings:
    """The settings of a load process.

    ``role`` is ``speakers`` or ``listeners``. ``client``: whom they talk to: ``roomcli``, ``bare``
    (a relay without rooms or roles), ``floor_udp``, ``murmur`` (by UDP) or ``murmur_tls``.
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
        return self.client in ("floor_udp", "murmur")


def talk(
    crowd: Crowd, begin: int, end: int, guarded: bool, voice: Sequence[bytes] = ()
) -> dict[str, object]:
    """Let everybody talk without a pause until ``end``, and count the frames from ``begin`` on.

    ``guarded``: as section 7 of the protocol wants it, nothing is sent while the server is behind;
    frames left out for that reason count as sent and missed. ``voice`` has the frames to say, again
    and again.
    """
    if not crowd.clients:
        crowd.serve_until(end)
        return {"sent": 0, "skipped": 0, "lost": crowd.lost}
    chance = random.Random(7)
    start = time.monotonic_ns() + FRAME_NS
    count = len(crowd.clients)
    sent = turn = skipped = 0
    while not crowd.over:
        # Speakers are not in step with each other: their frames are spread over the 20 ms.
        number, speaker = divmod(turn, count)
        crowd.serve_until(start + number * FRAME_NS + speaker * FRAME_NS // count)
        stamp = time.monotonic_ns()
        if stamp >= end:
            break
        turn += 1
        client = crowd.clients[speaker]
        loudness = 12 * abs(math.sin(number / 9 + speaker)) - 24 - chance.random() * 6
        payload = (
            voice[(number + 61 * speaker) % len(voice)] if voice else draw_payload(chance, stamp)
        )
        behind = number * FRAME - client.acknowledged
        if (guarded and behind > UPLINK_ALLOWANCE) or not client.speak(
            number, int(loudness), payload
        ):
            skipped += stamp >= begin
        sent += stamp >= begin
    return {"sent": sent, "skipped": skipped, "lost": crowd.lost}


def spoken() -> list[bytes]:
    """Return some seconds of speech, a frame of 20 ms each."""
    from roomcli.audio.opus import Encoder

    from .talk import speech

    encoder, sound = Encoder(), speech()
    whole = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    frames = [encoder.encode(frame) for frame in whole]
    encoder.close()
    return frames


def enter_stage(crowd: Crowd, settings: LoadSettings) -> None:
    """Bring everybody on stage with an open microphone; the first opens the room."""
    address = parse_address(settings.url)
    names = [f"Speaker{number}" for number in range(settings.count)]
    clients: list[CrowdMember]
    if settings.client == "roomcli":
        clients = [*_on_stage(address, names)]
    else:
        clients = [_outsider(address, settings.client, name) for name in names]
    for client in clients:
        crowd.serve(client)


def _on_stage(address: Address, names: list[str]) -> list[LeanClient]:
    clients: list[LeanClient] = []
    for name in names:
        client = LeanClient(address)
        client.enter(Ed25519PrivateKey.generate(), name, host=not clients)
        if clients:
            _bring_up(client, host=clients[0])
        client.send_command(c.Unmute())
        client.wait_for(e.Unmuted, _is(client.id))
        clients.append(client)
    return clients


def _outsider(address: Address, client: str, name: str) -> CrowdMember:
    """Bring one person into a peer, where all may speak."""
    match client:
        case "floor_udp":
            return FloorClient(address)
        case "murmur" | "murmur_tls":
            return MurmurClient(address, name, tunnel=client == "murmur_tls")
        case _:
            return LeanClient(address)


def _bring_up(client: LeanClient, host: LeanClient) -> None:
    id = client.id
    client.send_command(c.RaiseHand())
    host.wait_for(e.HandRaised, lambda event: event.id == id)
    host.send_command(c.AcceptHand(id=id))
    client.wait_for(e.StageJoined, lambda event: event.speaker.id == id)


def _is(id: str) -> Callable[[e.Unmuted], bool]:
    return lambda event: event.id == id


def enter_audience(crowd: Crowd, settings: LoadSettings) -> None:
    """Enter the audience with everybody, one after the other."""
    address = parse_address(settings.url)
    for number in range(settings.count):
        crowd.serve(_listener(address, settings.client, f"Listener{number}"))
        crowd.step(0)
        if crowd.over:
            return


def _listener(address: Address, client: str, name: str) -> CrowdMember:
    if client != "roomcli":
        return _outsider(address, client, name)
    listener = LeanClient(address)
    listener.enter(Ed25519PrivateKey.generate(), name)
    return listener


def main() -> None:
    """Enter, answer measurements, and end with standard input."""
    settings = LoadSettings(**json.loads(sys.argv[1]))
    listens = settings.role == "listeners"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load")))
        crowd: Crowd
        if settings.by_datagrams:
            crowd = stack.enter_context(DatagramCrowd(folder))
        else:
            crowd = Listeners() if listens else Crowd()
        (enter_audience if listens else enter_stage)(crowd, settings)
        if isinstance(crowd, DatagramCrowd):
            crowd.begin()
        guarded, voice = settings.client == "roomcli", spoken() if settings.audible else []
        _say({"event": "ready", "pids": [os.getpid(), *crowd.pids], **asdict(settings)})
        while (orders := crowd.wait_for_orders()) is not None:
            if listens:
                said = crowd.measure(**orders, until=orders["end"] + SETTLE_NS)
            else:
                said = talk(crowd, **orders, guarded=guarded, voice=voice)
            _say({"event": "result", **said})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
