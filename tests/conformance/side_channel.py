"""Section 16 of docs/protocol.md: voice by UDP, as a stranger reads it.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .fields import expect
from .voice import StrangerAck, StrangerBundle, StrangerEntry, decode_ack

TO_SERVER, TO_CLIENT = 0, 1


def derive(secret: bytes, identity: bytes, direction: int) -> tuple[bytes, bytes, bytes]:
    """Return info, key and salt (RFC 5869; one block of SHA-256 is enough)."""
    info = b"roomcli udp v1" + identity + bytes([direction])
    extracted = hmac.digest(b"\0" * 32, secret, hashlib.sha256)
    expanded = hmac.digest(extracted, info + b"\x01", hashlib.sha256)
    return info, expanded[:16], expanded[16:28]


def nonce_of(salt: bytes, counter: int) -> bytes:
    wide = counter.to_bytes(12, "big")
    return bytes(a ^ b for a, b in zip(salt, wide, strict=True))


@dataclass
class StrangerWindow:
    """Which counters came."""

    came: set[int] = field(default_factory=set)

    def takes(self, counter: int) -> bool:
        if counter in self.came or (self.came and counter <= max(self.came) - 1024):
            return False
        self.came.add(counter)
        return True

    def told(self, place: int) -> dict[str, int] | None:
        """Return the reception to tell."""
        if not self.came:
            return None
        newest = max(self.came)
        missing = [n for n in range(newest) if n not in self.came]
        runs = sum(n - 1 not in missing for n in missing)
        return {"number": place, "newest": newest, "received": len(self.came), "runs": runs}

    def encode(self, place: int) -> bytes:
        """Return the reception as the bytes behind an acknowledgement."""
        told = self.told(place)
        return struct.pack(">BIII", *told.values()) if told else b""


class StrangerChannel:
    """Seals one direction and opens it, as both sides of it do."""

    def __init__(self, secret: bytes, ids: list[bytes], direction: int) -> None:
        self.keys = {each: derive(secret, each, direction)[1:] for each in ids}
        self.windows = {each: StrangerWindow() for each in ids}

    def seal(self, identity: bytes, counter: int, message: bytes) -> bytes:
        key, salt = self.keys[identity]
        head = identity + struct.pack(">I", counter)
        return head + AESGCM(key).encrypt(nonce_of(salt, counter), message, head)

    def open(self, datagram: bytes) -> bytes | None:
        if len(datagram) <= 24 or datagram[:4] not in self.keys:
            return None
        key, salt = self.keys[datagram[:4]]
        (counter,) = struct.unpack_from(">I", datagram, 4)
        try:
            message = AESGCM(key).decrypt(nonce_of(salt, counter), datagram[8:], datagram[:8])
        except InvalidTag:
            return None
        return message if self.windows[datagram[:4]].takes(counter) else None


def read_probe(message: bytes) -> tuple[bytes, bool]:
    """Return the 8 bytes, and whether it is an answer."""
    expect(len(message) == 10 and message[0] == 3 and message[1] in (1, 2), "no probe")
    return message[2:], message[1] == 2


def write_probe(token: bytes, is_answer: bool) -> bytes:
    return bytes([3, 1 + is_answer]) + token


def read_ack(message: bytes) -> tuple[StrangerAck, dict[str, int] | None]:
    """Return an acknowledgement and the reception behind it."""
    if len(message) in (30, 32):
        return decode_ack(message), None
    expect(len(message) in (43, 45), "length of an ack with a reception")
    number, newest, received, runs = struct.unpack(">BIII", message[-13:])
    expect(number < 4 and 1 <= received <= newest + 1, "reception")
    expect(runs <= newest + 1 - received, "runs")
    told = {"number": number, "newest": newest, "received": received, "runs": runs}
    return decode_ack(message[:-13]), told


def cut(bundle: StrangerBundle) -> list[bytes]:
    """Cut a bundle into messages of 1,200 bytes, between entries."""
    parts: list[list[StrangerEntry]] = [[]]
    for entry in bundle.entries:
        longer = StrangerBundle(bundle.media_time, [*parts[-1], entry], bundle.visit)
        if parts[-1] and len(longer.encode()) > 1200:
            parts.append([entry])
        else:
            parts[-1].append(entry)
    return [StrangerBundle(bundle.media_time, each, bundle.visit).encode() for each in parts]
