"""Hostile inputs of every kind that a server reads, made of right ones by chance.

The right ones are the golden vectors. Most mutants differ from them in a little, so that they come
past the first look; some are nonsense. The same chance gives the same mutants.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any, Final

import msgpack

from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO
from roomcli.protocol.datagrams import TOKEN, Probe
from roomcli.protocol.side_channel import IDENTITY
from roomcli.wire.frames import client_frame
from roomcli.wire.udp.side_channel import SideChannel

from .processes import ROOT

OUTWARD: Final = frozenset(("claim_forge", "claim_domain", "claim_mail", "claim_sign_on"))
"""Commands by which a server asks others: what they do reaches beyond this machine."""
_LONGEST = 8192
_WRONG: Final[list[Any]] = [
    *(None, True, -1, 0, 1, 255, 2**32, 2**53, 2**63, 2**64 - 1, 0.5, math.nan, math.inf),
    *("", " ", "\x00", "\x1b[2J", "\u202eevil", "a\r\nb", "\ufeff", "e\u0301" * 90, "x" * 4000),
    *("nobody", "../../etc", "<script>alert(1)</script>", "9999-12-31T23:59", "0001-01-01"),
    *(b"", b"\xff" * 32, b"\xff" * 64, b"\xff" * 65),
    *([], [[]], [None], ["x" * 400] * 10, [0] * 64, [0] * 65, {}, {"a": {"b": []}}, {"": None}),
    {"every": "day", "count": 520, "interval": 99},
    {"every": "day", "until": "9999-12-31"},
]
_HEADS: Final = (
    b"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: roomcli.v1\r\n\r\n",
    b"GET /rooms?after=a HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n",
    b"GET /r/standup HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 192.0.2.1, ::1\r\n"
    b"X-Forwarded-Prefix: /talk\r\nOrigin: https://{host}\r\n\r\n",
    b"HEAD /healthz HTTP/1.0\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\n0123456789",
    b"GET /readyz HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
)
_IN_HEADS: Final = (
    *(b"\r\n", b"\r", b"\n", b"\0", b" ", b"\t", b":", b"%00", b"%2e%2e/", b"\xff", b"\xc3\xa9"),
    *(b"HTTP/9.9", b"Content-Length: 99999999999999999999\r\n", b"Upgrade: websocket, h2c\r\n"),
    *(b"Sec-WebSocket-Extensions: permessage-deflate\r\n", b"X" * 5000, b"a: b\r\n" * 300),
    *(b"//", b"?" * 50, b"Host: [::1\r\n", b"Origin: http://[\r\n", b"Expect: 100-continue\r\n"),
)
_CONTINUATION, _TEXT, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x8, 0x9, 0xA


def golden_bytes(*kinds: str) -> list[bytes]:
    """Return the messages of the golden vectors of these kinds."""
    vectors = json.loads((ROOT / "tests/vectors.json").read_text("utf-8"))
    return [bytes.fromhex(each["bytes"]) for kind in kinds for each in vectors[kind]]


class Mutants:
    """Makes hostile inputs by ``chance``.

    ``names`` are ids and names that mean something to the server, such as those of people who are
    there: they take the place of some in the commands.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names: list[str] = []
        self._fields = [
            fields
            for each in golden_bytes("commands")
            if (fields := msgpack.unpackb(each[1:]))["command"] not in OUTWARD
        ]
        self._small = golden_bytes("uplink", "acks")
        self._malformed = golden_bytes("invalid")

    def head(self, authority: str) -> bytes:
        """Return what should be the head of a request to the server of this name."""
        head = self.chance.choice(_HEADS).replace(b"{host}", authority.encode())
        head = head.replace(b"{path}", self.chance.choice((b"/", b"/r/standup", b"/x", b"*")))
        return self._garbled(head, _IN_HEADS)

    def command(self) -> bytes:
        """Return what should be a message with a command."""
        match self.chance.randrange(8):
            case 0:
                return self.chance.choice(self._malformed)
            case 1 | 2:
                return self._garbled(self._packed(self._bent(self.chance.choice(self._fields))))
            case 3:
                return b"\0" + self.chance.randbytes(self.chance.randrange(60))
        return self._packed(self._bent(self.chance.choice(self._fields)))

    def small(self, visit: int) -> bytes:
        """Return what should be voice or an acknowledgement of the visit with this number."""
        message = self.chance.choice(self._small)
        message = bytes((message[0], visit)) + message[2:]
        match self.chance.randrange(4):
            case 0:
                kind = self.chance.choice((KIND_AUDIO, KIND_ACK))
                return bytes((kind, visit)) + self.chance.randbytes(self.chance.randrange(1400))
            case 1:
                return message
        return self._garbled(message)

    def datagram(self, channel: SideChannel, visit: int) -> bytes:
        """Return what should be the next datagram of this channel."""
        chance = self.chance
        probe = Probe(chance.randbytes(TOKEN), is_answer=chance.random() < 0.5).encode()
        message = chance.choice((self.small(visit), probe, self._garbled(probe), b"\x03"))
        match chance.randrange(8):
            case 0:
                return self._garbled(channel.sealer.seal(message))
            case 1:
                identity = channel.sealer.seal(message)[:IDENTITY]
                return identity + chance.randbytes(chance.randrange(80))
            case 2:
                channel.sealer.sealed = max(0, channel.sealer.sealed - chance.randrange(9))
            case 3:
                channel.sealer.sealed += chance.choice((2, 1000, 2000, 2**27))
            case 4:
                channel.move_on()
        return channel.sealer.seal(message)[: chance.choice((7, 24, 2000, 2000))]

    def frames(self) -> bytes:
        """Return what should be a few WebSocket frames."""
        return b"".join(self._frame() for _ in range(self.chance.randint(1, 6)))

    def _frame(self) -> bytes:
        chance = self.chance
        opcode = chance.choice(
            (_CONTINUATION, _TEXT, 0x2, 0x2, 0x3, 0x7, _CLOSE, _PING, _PONG, 0xB, 0xF)
        )
        first = chance.choice((0x80, 0x80, 0x00, 0xC0, 0xF0)) | opcode
        match chance.randrange(5):
            case 0:
                payload = b""
            case 1:
                payload = chance.randbytes(chance.choice((1, 2, 63, 64, 125, 126, 127, 2048, 9000)))
            case 2 if opcode == _CLOSE:
                payload = chance.randrange(5000).to_bytes(2) + chance.randbytes(5)
            case 3:
                payload = self.small(chance.randrange(3))
            case _:
                payload = self.command()
        frame = bytearray(client_frame(payload, chance.randbytes(4)))
        frame[0] = first
        if not chance.randrange(4):
            frame[1] = chance.randrange(256)  # another length, or no mask
        if not chance.randrange(8):
            frame[2:2] = chance.randbytes(8)
        return bytes(frame)

    def _bent(self, right: dict[str, Any]) -> dict[str, Any]:
        """Return a command of which something may be wrong, or makes no sense."""
        chance, command = self.chance, dict(right)
        fields = [name for name in command if name != "command"]
        for _ in range(chance.randrange(3)):
            name = chance.choice(fields) if fields else "later"
            match chance.randrange(6):
                case 0:
                    command.pop(name, None)
                case 1:
                    command[name] = self._deep()
                case 2 if isinstance(command.get(name), str | list):
                    command[name] = command[name] * chance.choice((0, 2, 50, 65))
                case _:
                    command[name] = chance.choice(_WRONG)
        for name, value in command.items():
            if (
                self.names
                and isinstance(value, str)
                and name != "command"
                and chance.random() < 0.5
            ):
                command[name] = chance.choice(self.names)
        return command

    def _deep(self) -> list[Any]:
        value: list[Any] = []
        for _ in range(self.chance.choice((10, 60, 500))):
            value = [value]
        return value

    def _packed(self, command: dict[str, Any]) -> bytes:
        try:
            message = b"\0" + bytes(msgpack.packb(command))
        except (ValueError, OverflowError):  # nested more deeply than the library packs
            return b"\0" + b"\x91" * 2000 + b"\xc0"
        return message[:_LONGEST]

    def _garbled(self, right: bytes, pieces: Sequence[bytes] = (b"\0", b"\xff" * 4)) -> bytes:
        """Return bytes with some of them changed, left out, doubled or added."""
        chance, data = self.chance, bytearray(right)
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(data))
            end = min(len(data), at + chance.randint(1, 8))
            match chance.randrange(6):
                case 0:
                    data[at:at] = chance.choice(pieces)
                case 1:
                    del data[at:end]
                case 2:
                    data[at:at] = data[at:end] * chance.randint(1, 20)
                case 3 if chance.random() < 0.3:
                    del data[at:]
                case _:
                    data[at : at + 1] = bytes((chance.randrange(256),))
        return bytes(data)
