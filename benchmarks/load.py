"""The people of a room in a process of their own: ``python -m benchmarks.load SETTINGS``.

SETTINGS is a JSON object (see :class:`LoadSettings`). The process enters the room, says ``ready``,
is told ``{"begin": NS, "end": NS}`` (monotonic), once or more often, and answers each time with
what was sent, or heard, of the voice that was sent in between. It ends with its standard input.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address
from roomcli.protocol.audio import FRAME, RATE, Flags, UplinkFrame

from .crowd import STAMP_BYTES, Crowd, Listeners
from .lean_client import LeanClient

FRAME_NS = 20_000_000
UPLINK_ALLOWANCE = int(0.75 * RATE)
"""Media time that the server may be behind, with no allowance for the round trip on loopback."""
SETTLE_NS = 1_000_000_000


@dataclass(frozen=True)
class LoadSettings:
    """The settings of a load process.

    ``naive``: it talks to the peer, without rooms or roles. ``audible``: those who talk send speech
    in place of noise that tells when it was sent, so that an engine has something to decode.
    """

    role: str
    url: str
    count: int
    naive: bool = False
    audible: bool = False


def talk(
    crowd: Crowd, begin: int, end: int, guarded: bool, voice: Sequence[bytes] = ()
) -> dict[str, object]:
    """Let everybody talk without a pause until ``end``, and count the frames from ``begin`` on.

    ``guarded``: as section 7 of the protocol wants it, nothing is sent while the server is behind;
    frames left out for that reason count as sent and missed. ``voice`` has the frames to say, again
    and again.
    """
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
        frame = UplinkFrame(
            sequence=number,
            media_time=number * FRAME,
            flags=Flags.START if number == 0 else Flags.NONE,
            level=int(loudness),
            payload=voice[(number + 61 * speaker) % len(voice)]
            if voice
            else stamp.to_bytes(STAMP_BYTES) + chance.randbytes(chance.randint(72, 92)),
            visit=client.visit,
        )
        behind = frame.media_time - client.acknowledged
        if (guarded and behind > UPLINK_ALLOWANCE) or not client.send(frame.encode()):
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
    """Open the room and bring everybody on stage with an open microphone."""
    address = parse_address(settings.url)
    clients: list[LeanClient] = []
    for number in range(settings.count):
        client = LeanClient(address)
        if not settings.naive:
            client.enter(Ed25519PrivateKey.generate(), f"Speaker {number}", host=not clients)
            if clients:
                _bring_up(client, host=clients[0])
            client.send_command(c.Unmute())
            client.wait_for(e.Unmuted, _is(client.id))
        clients.append(client)
    for client in clients:
        crowd.serve(client)


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
        client = LeanClient(address)
        if not settings.naive:
            client.enter(Ed25519PrivateKey.generate(), f"Listener {number}")
        crowd.serve(client)
        crowd.step(0)
        if crowd.over:
            return


def main() -> None:
    """Enter, answer measurements, and end with standard input."""
    settings = LoadSettings(**json.loads(sys.argv[1]))
    crowd = Listeners() if settings.role == "listeners" else Crowd()
    (enter_audience if settings.role == "listeners" else enter_stage)(crowd, settings)
    voice = spoken() if settings.audible else []
    _say({"event": "ready", **asdict(settings)})
    while (orders := crowd.wait_for_orders()) is not None:
        if isinstance(crowd, Listeners):
            crowd.serve_until(orders["end"] + SETTLE_NS)
            said = crowd.result(**orders)
        else:
            said = talk(crowd, **orders, guarded=not settings.naive, voice=voice)
        _say({"event": "result", **said})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
