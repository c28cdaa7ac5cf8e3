"""Sections 7, 8 and 9 of docs/protocol.md: read and write voice and acknowledgements.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .view import expect

FRAME = 960  # samples of 20 ms
START, END, DISCONTINUITY = 1, 2, 4


@dataclass(frozen=True)
class Uplink:
    sequence: int
    media_time: int
    flags: int
    level: int
    payload: bytes

    def encode(self) -> bytes:
        head = (1, self.sequence % 2**32, self.media_time, self.flags, self.level)
        return struct.pack(">BIQBB", *head) + self.payload


def decode_uplink(data: bytes) -> Uplink:
    expect(16 <= len(data) <= 15 + 1275 and data[0] == 1, "no uplink frame")
    sequence, media_time, flags, level = struct.unpack_from(">IQBB", data, 1)
    expect(media_time < 2**63 and level < 128, "media time or level")
    return Uplink(sequence, media_time, flags, level, data[15:])


@dataclass(frozen=True)
class StrangerEntry:
    slot: int
    generation: int
    sequence: int
    media_time: int
    flags: int
    level: int
    payload: bytes


@dataclass(frozen=True)
class StrangerBundle:
    media_time: int
    entries: list[StrangerEntry]

    def encode(self) -> bytes:
        data = struct.pack(">BQ", 1, self.media_time)
        for e in self.entries:
            numbers = (e.slot, e.generation, e.sequence, e.media_time, e.flags, e.level)
            data += struct.pack(">BBHIBBH", *numbers, len(e.payload)) + e.payload
        return data


def decode_bundle(data: bytes) -> StrangerBundle:
    expect(len(data) >= 9 and data[0] == 1, "no bundle")
    media_time = int.from_bytes(data[1:9], "big")
    expect(media_time < 2**63, "media time")
    entries, at = [], 9
    while at < len(data):
        expect(at + 12 <= len(data), "entry cut")
        slot, generation, sequence, media, flags, level, length = struct.unpack_from(
            ">BBHIBBH", data, at
        )
        payload = data[at + 12 : at + 12 + length]
        expect(1 <= length <= 1275 and len(payload) == length, "payload")
        expect(level < 128, "level")
        entries.append(StrangerEntry(slot, generation, sequence, media, flags, level, payload))
        at += 12 + length
    return StrangerBundle(media_time, entries)


@dataclass(frozen=True)
class StrangerAck:
    media_time: int
    stamp: int
    echo: int
    held: int

    def encode(self) -> bytes:
        return struct.pack(">BQQQI", 2, self.media_time, self.stamp, self.echo, self.held)


def decode_ack(data: bytes) -> StrangerAck:
    expect(len(data) == 29 and data[0] == 2, "no ack")
    ack = StrangerAck(*struct.unpack(">QQQI", data[1:]))
    expect(ack.media_time < 2**63 and ack.stamp != 0, "media time or stamp")
    expect(ack.echo != 0 or ack.held == 0, "held without echo")
    return ack


def unwrap(value: int, bits: int, last: int) -> int:
    difference = (value - last) % (1 << bits)
    if difference >= 1 << (bits - 1):
        difference -= 1 << bits
    return last + difference
