"""People of a room that spans workers or servers, in a process of their own, as benchmarks/load.py.

``python -m benchmarks.spread_people ROLE COUNT WORKERS URL [URL...]``; ROLE is ``speakers`` or
``listeners``. They come to the URLs in turn, the first of them to the first. What was heard is told
apart by the place that a listener is at, and by the slot of the voice; ``ready`` says at which
place each speaker is, or which slot each has. A place is the number of a URL, where there are
several; else it is one of so many workers, named by the ids of a side channel.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.load.crowd import Crowd, CrowdMember
from roomcli.load.entering import Entrance, enter_audience, enter_stage
from roomcli.load.lean_client import LeanClient
from roomcli.load.process import SETTLE_NS
from roomcli.load.stage import SpeakingCrowd
from roomcli.load.talking import Talking
from roomcli.load.tally import Tally, count
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from server.datagrams.steering import named_by

from .sources import next_source


class PlacedClient(LeanClient):
    """One connection to one room, which knows the worker or the server that holds it."""

    workers = 1
    place: int | None = None
    slots: dict[str, int]
    """The slots of those on stage, by their seats, as they were on entering."""

    def enter(
        self,
        key: Ed25519PrivateKey,
        name: str,
        *,
        intent: Literal["join", "host"] = "join",
        access: Literal["open", "invite"] = "open",
    ) -> e.Joined:
        joined = super().enter(key, name, intent=intent, access=access)
        if self.place is None:
            offer = joined.udp
            self.place = named_by(offer.ids[0], self.workers) if offer is not None else 0
        self.slots = {seat: speaker.slot for seat, speaker in joined.view.stage.items()}
        return joined


class SpreadListeners(Crowd):
    """An audience that records when each message came, and at which place."""

    def __init__(self) -> None:
        super().__init__()
        self._tallies: dict[tuple[int, bytes], Tally] = {}

    def take_in(self, client: CrowdMember, frame: bytes) -> None:
        assert isinstance(client, PlacedClient)
        assert client.place is not None
        where = client.place, frame
        tally = self._tallies.get(where)
        if tally is None:
            if (tally := client.tally_of(frame)) is None:
                client.note_progress(frame)
                return
            self._tallies[where] = tally
        tally.arrivals.append(time.monotonic_ns())
        client.media_time = tally.media_time

    def count_heard(self, begin: int, end: int, until: int) -> dict[str, object]:
        self.serve_until(until)
        parts: dict[tuple[int, int], list[Tally]] = defaultdict(list)
        bundles: Counter[int] = Counter()
        size = 0
        for (place, _), tally in self._tallies.items():
            if not any(begin <= stamp < end for stamp in tally.stamps):
                continue
            bundles[place] += 1
            size += tally.size * len(tally.arrivals)
            for slot in set(tally.slots):
                stamps = [
                    stamp for stamp, of in zip(tally.stamps, tally.slots, strict=True) if of == slot
                ]
                one = replace(tally, stamps=stamps, slots=[slot] * len(stamps))
                parts[place, slot].append(one)
        self._tallies = {}
        heard = []
        for (place, slot), tallies in parts.items():
            found = count(tallies, begin, end)
            heard.append([place, slot, found.delivered, found.distinct, found.delays])
        return {"lost": self.lost, "bytes": size, "bundles": list(bundles.values()), "heard": heard}


class ServersInTurn:
    """Opens connections to several addresses in turn; or to one, whose server has workers."""

    def __init__(self, addresses: list[Address], workers: int) -> None:
        self._addresses = addresses
        self._workers = workers
        self._opened = 0

    def connect(self, address: Address) -> PlacedClient:
        """Open a connection; the address that the load knows is one of several."""
        place = self._opened % len(self._addresses)
        client = PlacedClient(self._addresses[place], next_source())
        if len(self._addresses) == 1:
            client.workers = self._workers
        else:
            client.place = place
        self._opened += 1
        return client


def _speak(entrance: Entrance, crowd: SpeakingCrowd, count: int) -> dict[str, object]:
    enter_stage(crowd, entrance, [f"Speaker{number}" for number in range(count)])
    on_air = [each for each in crowd.on_air if isinstance(each, PlacedClient)]
    return {"places": {each.id: each.place for each in on_air}}


def _listen(entrance: Entrance, crowd: SpreadListeners, count: int) -> dict[str, object]:
    enter_audience(crowd, entrance, [f"Listener{number}" for number in range(count)])
    there = [each for each in crowd.clients if isinstance(each, PlacedClient)]
    at = Counter(each.place for each in there)
    return {"listeners": sorted(at.items()), "slots": there[0].slots if there else {}}


def main() -> None:
    """Enter, answer measurements, and end with standard input."""
    role, count, workers, *urls = sys.argv[1:]
    addresses = [parse_address(url) for url in urls]
    crowd: SpeakingCrowd | SpreadListeners
    crowd = SpeakingCrowd() if role == "speakers" else SpreadListeners()
    servers = ServersInTurn(addresses, int(workers))
    entrance = Entrance(crowd, addresses[0], connect=servers.connect)
    if isinstance(crowd, SpeakingCrowd):
        told = _speak(entrance, crowd, int(count))
    else:
        told = _listen(entrance, crowd, int(count))
    print(json.dumps({"event": "ready", **told}), flush=True)
    talk = Talking(crowd, crowd.on_air) if isinstance(crowd, SpeakingCrowd) else None
    while (orders := crowd.wait_for_orders()) is not None:
        if talk is not None:
            said = talk.go_on(**orders)
        else:
            said = crowd.count_heard(**orders, until=orders["end"] + SETTLE_NS)
        print(json.dumps({"event": "result", **said}), flush=True)


if __name__ == "__main__":
    main()
