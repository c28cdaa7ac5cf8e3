"""Sections 7, 8 and 9 of docs/protocol.md: read and write voice and acknowledgements.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .fields import expect

FRAME = 960  # samples of 20 ms
START, END, DISCONTINUITY = 1, 2, 4


@dataclass(frozen=True)
class StrangerUplink:
    sequence: int
    media_time: int
    flags: int
    level: int
    payload: bytes
    visit: int = 1

    def encode(self) -> bytes:
        head = (1, self.visit, self.sequence % 2**32, self.media_time, self.flags, self.level)
        return struct.pack(">BBIQBB", *head) + self.payload


def decode_uplink(data: bytes) -> StrangerUplink:
    expect(17 <= len(data) <= 16 + 1275 and data[0] == 1, "no uplink frame")
    visit, sequence, media_time, flags, level = struct.unpack_from(">BIQBB", data, 1)
    expect(media_time < 2**63 and level < 128, "media time or level")
    return StrangerUplink(sequence, media_time, flags, level, data[16:], visit)


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
    visit: int

    def encode(self) -> bytes:
        data = struct.pack(">BBQ", 1, self.visit, self.media_time)
        for e in self.entries:
            numbers = (e.slot, e.generation, e.sequence, e.media_time, e.flags, e.level)
            data += struct.pack(">BBHIBBH", *numbers, len(e.payload)) + e.payload
        return data


def decode_bundle(data: bytes) -> StrangerBundle:
    expect(len(data) >= 10 and data[0] == 1, "no bundle")
    media_time = int.from_bytes(data[2:10], "big")
    expect(media_time < 2**63, "media time")
    entries, at = [], 10
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
    return StrangerBundle(media_time, entries, data[1])


@dataclass(frozen=True)
class StrangerAck:
    media_time: int
    stamp: int
    echo: int
    held: int
    visit: int
    delay: int | None = None

    def encode(self) -> bytes:
        numbers = (self.visit, self.media_time, self.stamp, self.echo, self.held)
        head = struct.pack(">BBQQQI", 2, *numbers)
        return head if self.delay is None else head + self.delay.to_bytes(2, "big")


def decode_ack(data: bytes) -> StrangerAck:
    expect(len(data) in (30, 32) and data[0] == 2, "no ack")
    media_time, stamp, echo, held = struct.unpack(">QQQI", data[2:30])
    delay = int.from_bytes(data[30:], "big") if len(data) == 32 else None
    ack = StrangerAck(media_time, stamp, echo, held, data[1], delay)
    expect(ack.media_time < 2**63 and ack.stamp != 0, "media time or stamp")
    expect(ack.echo != 0 or ack.held == 0, "held without echo")
    return ack


def unwrap(value: int, bits: int, last: int) -> int:
    difference = (value - last) % (1 << bits)
    if difference >= 1 << (bits - 1):
        difference -= 1 << bits
    return last + difference
