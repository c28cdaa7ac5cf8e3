"""What the golden vectors of the UDP side channel are made of."""

from __future__ import annotations

from typing import Any

from roomcli.protocol.audio import DEAF, Ack, Bundle, BundleEntry, Flags, UplinkFrame
from roomcli.protocol.datagrams import Probe, ReceptionReport, cut_bundle
from roomcli.wire.udp.keys import Direction, derive_key
from roomcli.wire.udp.replay import ReplayWindow
from roomcli.wire.udp.sealing import COUNTERS, Sealer

from .golden.entering import UDP_IDS, UDP_SECRET

SECRET, IDS = UDP_SECRET, UDP_IDS
TOKEN = bytes.fromhex("f0e1d2c3b4a59687")
UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT

FRAME = UplinkFrame(7, 960 * 7, Flags.START, -20, b"\xf8\xff\xfe", 1)
BUNDLE = Bundle(48_960, (BundleEntry(3, 1, 7, 6720, Flags.START, -20, b"\xf8\xff\xfe"),), 1)
RECEPTIONS = (ReceptionReport(0, 41, 40, 1), ReceptionReport(3, 2**32 - 1, 2**32 - 4, 2))
ACKS = (
    (Ack(48_960, 1_500_000, 1_000_000, 20_000, 1, 62), None),
    (Ack(48_960, 2_000_000, 1_500_000, 20_000, 1, 62), RECEPTIONS[0]),
    (Ack(48_960, 2_500_000, 2_000_000, 20_000, 1, DEAF), RECEPTIONS[1]),
    (Ack(6720, 900_000, 2_500_000, 1000, 1), RECEPTIONS[0]),
)
SENT: tuple[tuple[Direction, int, int, bytes], ...] = (
    (UP, 0, 0, Probe(TOKEN).encode()),
    (UP, 0, 1, Probe(TOKEN[::-1], is_answer=True).encode()),
    (UP, 0, 2, FRAME.encode()),
    (UP, 0, 3, FRAME.encode()),
    (UP, 0, 4, ACKS[1][0].encode() + RECEPTIONS[0].encode()),
    (UP, 1, 0, FRAME.encode()),
    (UP, 3, COUNTERS - 1, Probe(TOKEN).encode()),
    (DOWN, 0, 0, Probe(TOKEN[::-1]).encode()),
    (DOWN, 0, 1, Probe(TOKEN, is_answer=True).encode()),
    (DOWN, 0, 2, BUNDLE.encode()),
    (DOWN, 0, 3, ACKS[3][0].encode() + RECEPTIONS[0].encode()),
    (DOWN, 1, 0, BUNDLE.encode()),
    (DOWN, 3, 65_536, BUNDLE.encode()),
)
"""Direction, place of the id, counter, message."""
COUNTED = (
    (0,), (5,), (0, 1, 2, 3), (0, 3, 6), (0, 3, 6, 5), (0, 3, 6, 4, 5), (0, 5, 3), (9, 8, 7),
    (0, 2, 2, 0, 1),
)  # fmt: skip
REPLAYED = (
    (0, 0, 1, 1, 0),
    (2000, 977, 976, 977, 978),
    (0, 2**32 - 1, 2**32 - 1, 0, 2**32 - 1024, 2**32 - 1025),
)


def sealed(direction: Direction, number: int, counter: int, message: bytes) -> bytes:
    """Return a message as a datagram."""
    key = derive_key(SECRET, IDS[number], direction)
    return Sealer(IDS[number], key, counter).seal(message)


def refused() -> list[tuple[str, Direction, bytes]]:
    """Return datagrams that nobody takes."""
    (_, _, _, first), *_ = SENT
    up, down = (sealed(direction, 0, 50, first) for direction in (UP, DOWN))
    other = Sealer(IDS[0], derive_key(bytes(32), IDS[0], UP), 51).seal(first)
    return [
        ("empty", UP, b""),
        ("came before", UP, sealed(*SENT[0])),
        ("reflected to the client", DOWN, up),
        ("reflected to the server", UP, down),
        ("another secret", UP, other),
        ("another id", UP, IDS[1] + up[4:]),
        ("unknown id", UP, b"\0\0\0\0" + up[4:]),
        ("another counter", UP, up[:4] + b"\0\0\0\x33" + up[8:]),
        ("tag changed", DOWN, down[:-1] + bytes([down[-1] ^ 1])),
        ("message changed", DOWN, down[:8] + bytes([down[8] ^ 0x80]) + down[9:]),
        ("a byte cut off", UP, up[:-1]),
        ("a byte too many", UP, up + b"\0"),
        ("no message", UP, sealed(UP, 0, 52, b"")),
        ("head alone", UP, up[:8]),
    ]


def taken(counters: tuple[int, ...]) -> tuple[list[bool], ReceptionReport | None]:
    """Return which of these are taken when they come in this order, and the reception then."""
    window, result = ReplayWindow(), []
    for counter in counters:
        result.append(window.may_take(counter))
        if result[-1]:
            window.mark_taken(counter)
    return result, window.reception(0)


def entries(*sizes: int) -> list[BundleEntry]:
    """Return entries with payloads of these sizes."""
    return [
        BundleEntry(slot, 1, slot + 1, 960 * slot, Flags.NONE, -20, b"\xf8" + bytes(size - 1))
        for slot, size in enumerate(sizes)
    ]


def udp_vectors(plain: Any) -> dict[str, Any]:
    """Build the vectors; ``plain`` makes JSON of a message's fields."""
    cuts = [entries(), entries(100), entries(*[107] * 10), entries(*[107] * 9, 108),
            entries(80, 1275, 80), entries(*[240] * 12)]  # fmt: skip
    keys = [(number, direction) for number in range(len(IDS)) for direction in Direction]
    derived = {each: derive_key(SECRET, IDS[each[0]], each[1]) for each in keys}
    return {
        "secret": SECRET.hex(),
        "ids": [each.hex() for each in IDS],
        "keys": [
            {
                "id": IDS[number].hex(),
                "direction": int(direction),
                "info": (b"roomcli udp v1" + IDS[number] + bytes([direction])).hex(),
                "key": derived[number, direction].key.hex(),
                "salt": derived[number, direction].salt.hex(),
            }
            for number, direction in keys
        ],
        "datagrams": [
            {
                "direction": int(direction),
                "id": IDS[number].hex(),
                "counter": counter,
                "nonce": (int.from_bytes(derived[number, direction].salt) ^ counter)
                .to_bytes(12)
                .hex(),
                "message": message.hex(),
                "bytes": sealed(direction, number, counter, message).hex(),
            }
            for direction, number, counter, message in SENT
        ],
        "refused": [
            {"why": why, "direction": int(direction), "bytes": datagram.hex()}
            for why, direction, datagram in refused()
        ],
        "replays": [
            {"counters": list(each), "taken": taken(each)[0]} for each in REPLAYED
        ],
        "receptions": [
            {"counters": list(each), "reception": plain(taken(each)[1])} for each in COUNTED
        ],
        "acks": [
            {
                "bytes": (ack.encode() + (reception.encode() if reception else b"")).hex(),
                "message": plain(ack),
                "reception": plain(reception),
            }
            for ack, reception in ACKS
        ],
        "probes": [
            {"bytes": probe.encode().hex(), "token": probe.token.hex(),
             "is_answer": probe.is_answer}
            for probe in (Probe(TOKEN), Probe(TOKEN, is_answer=True))
        ],
        "bundles": [
            {
                "bytes": Bundle(48_960, tuple(each), 2).encode().hex(),
                "datagrams": [
                    part.hex()
                    for part in cut_bundle(48_960, [entry.encode() for entry in each], 2)
                ],
            }
            for each in cuts
        ],
    }  # fmt: skip
