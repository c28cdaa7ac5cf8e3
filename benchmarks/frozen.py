"""Listeners who stop for a while and go on: ``python -m benchmarks.frozen SETTINGS``.

SETTINGS is a JSON object (see :class:`FrozenSettings`). The process enters the room, says
``ready``, is told ``{"begin": NS, "end": NS}`` (monotonic), reads nothing between the two, and says
``result`` with what of the voice from before ``end`` came after it. Every second listener gives no
sign of life meanwhile, as a machine that stands still; the others do as long as a client may that
hears nothing, as over a network that takes nothing down and something up.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass

from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.packets import Packet
from roomcli.audio.samples import Samples, silence
from roomcli.engine.hearing import Freshness
from roomcli.load.crowd import Crowd, CrowdMember
from roomcli.load.entering import Entrance, enter_audience
from roomcli.load.lean_client import LeanClient, kind_and_time
from roomcli.load.tally import read_stamp
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import FRAME, KIND_AUDIO, Bundle, Flags, decode_bundle, unwrap
from roomcli.wire.frames import payload_of
from roomcli.wire.heartbeat import TIMEOUT

from .sources import next_source

AFTER_NS = 3_000_000_000
"""How long after the end is watched what comes."""
BEFORE = 3.0
"""Seconds before the freeze from which on it is listened to."""
FRAME_S = 0.02
BLOCK_S = 0.01


@dataclass(frozen=True)
class FrozenSettings:
    """The room, and how many listen in it."""

    url: str
    count: int


@dataclass(frozen=True)
class ArrivedBundle:
    """A bundle, and when it came, in ns."""

    at: int
    bundle: Bundle


class FrozenListeners(Crowd):
    """An audience that can stand still, and keeps what each of it got."""

    def __init__(self) -> None:
        super().__init__()
        self._bundles: dict[bytes, Bundle] = {}
        self.got: dict[CrowdMember, list[ArrivedBundle]] = {}

    def take_in(self, client: CrowdMember, frame: bytes) -> None:
        super().take_in(client, frame)
        if kind_and_time(frame)[0] != KIND_AUDIO:
            return
        bundle = self._bundles.get(frame)
        if bundle is None:
            bundle = self._bundles[frame] = decode_bundle(payload_of(frame))
        self.got.setdefault(client, []).append(ArrivedBundle(time.monotonic_ns(), bundle))

    def freeze(self, end: int) -> None:
        """Read nothing until ``end``; every second one gives signs of life for a while."""
        dead_at = time.monotonic_ns() + int(TIMEOUT * 1e9)
        while (left := end - (now := time.monotonic_ns())) > 0 and not self.over:
            for client in self.clients[1::2]:
                if now < dead_at:
                    client.acknowledge(now // 1000)
            time.sleep(min(left, self.clients[0].pause_ns) / 1e9)


def stale_seconds(got: list[ArrivedBundle], end: int) -> float:
    """Return how many seconds of a voice came after ``end`` and were sent before."""
    frames = Counter(
        entry.slot
        for each in got
        if each.at >= end
        for entry in each.bundle.entries
        if read_stamp(entry.payload) < end
    )
    return max(frames.values(), default=0) * FRAME_S


class _StampedDecoder:
    """A decoder that notes when the frames were sent that it decodes."""

    def __init__(self) -> None:
        self.sent_at: list[int] = []

    def decode(self, payload: bytes) -> Samples:
        self.sent_at.append(read_stamp(payload))
        return silence(FRAME)

    def conceal(self, samples: int) -> Samples:
        return silence(samples)

    def close(self) -> None:
        """Nothing is held."""


def heard_stale_seconds(got: list[ArrivedBundle], begin: int, end: int) -> float:
    """Return how many seconds of one voice a client plays after ``end`` that were sent before.

    It is heard as an engine hears it that was not told that it stood still.
    """
    decoder, fresh = _StampedDecoder(), Freshness()
    buffer = JitterBuffer(decoder)
    since = begin - int(BEFORE * 1e9)
    arrived = [each for each in got if each.at >= since]
    if not arrived:
        return 0.0
    slot = arrived[0].bundle.entries[0].slot
    stale = sequence = media_time = following = 0
    now = arrived[0].at / 1e9
    while following < len(arrived) or now < (end + AFTER_NS) / 1e9:
        while following < len(arrived) and arrived[following].at / 1e9 <= now:
            each = arrived[following]
            following += 1
            if not fresh.is_fresh(each.bundle.media_time, each.at / 1e9):
                continue
            for entry in each.bundle.entries:
                if entry.slot != slot:
                    continue
                sequence = unwrap(entry.sequence, 16, sequence)
                media_time = unwrap(entry.media_time, 32, media_time)
                start = bool(entry.flags & Flags.START)
                buffer.push(Packet(sequence, media_time, entry.payload, start=start), now)
        decoder.sent_at.clear()
        buffer.pull(now)
        if now >= end / 1e9:
            stale += sum(sent < end for sent in decoder.sent_at)
        now += BLOCK_S
        if now < end / 1e9 and now >= begin / 1e9:
            now = end / 1e9
    return stale * FRAME_S


def main() -> None:
    """Listen, stand still when told to, and tell what came of it."""
    settings = FrozenSettings(**json.loads(sys.argv[1]))
    crowd = FrozenListeners()
    entrance = Entrance(crowd, parse_address(settings.url), connect=_from_somewhere)
    enter_audience(crowd, entrance, [f"Frozen{number}" for number in range(settings.count)])
    _say({"event": "ready"})
    orders = crowd.wait_for_orders()
    if orders is None:
        return
    begin, end = orders["begin"], orders["end"]
    crowd.serve_until(begin)
    crowd.freeze(end)
    crowd.serve_until(end + AFTER_NS)
    stale = [stale_seconds(crowd.got.get(each, []), end) for each in crowd.clients]
    heard = [heard_stale_seconds(crowd.got.get(each, []), begin, end) for each in crowd.clients]
    _say({"event": "result", "stale_s": stale, "heard_s": heard, "lost": crowd.lost})


def _from_somewhere(address: Address) -> LeanClient:
    return LeanClient(address, next_source())


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
