"""A client of a Mumble server that uses as little CPU as Python allows, as the lean client of ours.

Speaks the protocol of Mumble 1.3 (docs/dev/network-protocol in Mumble's repository): control
messages of protobuf over TLS, and voice in encrypted datagrams, or in a tunnel through TLS.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator

from roomcli.errors import ConnectionLost
from roomcli.load.lean_client import PATIENCE
from roomcli.load.tally import Tally, read_stamp
from roomcli.protocol.address import Address

from ..sources import next_source
from .ocb2 import Ocb2

VERSION, TUNNEL, AUTHENTICATE, PING, REJECT, SERVER_SYNC = range(6)
CRYPT_SETUP = 15
"""Types of control messages."""
OPUS, UDP_PING = 4, 1
"""Types of packets that go by UDP or through the tunnel; the upper three bits of the first byte."""
_HEAD = 6
_RECEIVE = 1 << 16
_SPOKEN = 0x01_03_04
"""The version whose protocol this client speaks: 1.3.4."""
_ASKED_AGAIN = 0.2


class MurmurClient:
    """One person in the root channel, with voice by UDP, or by TCP alone (``tunnel``)."""

    pause_ns = 5_000_000_000
    """Time between two pings, as Mumble's own client sends them."""
    media_time = acknowledged = 0
    is_settled = True

    def __init__(self, address: Address, name: str, *, tunnel: bool) -> None:
        source = next_source()
        server = (address.host, address.port)
        raw = socket.create_connection(server, PATIENCE, source_address=(source, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = _secured(raw)
        self._rest = b""
        self._send(VERSION, number_field(1, _SPOKEN) + text_field(2, "roomcli"))
        self._send(AUTHENTICATE, text_field(1, name) + number_field(5, 1))
        self._seal = self._enter()
        self.datagrams: socket.socket | None = None
        if not tunnel:
            # The server looks for whom a datagram is of among those who came from its address.
            self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.datagrams.bind((source, 0))
            self.datagrams.connect(server)
            self._open_datagrams(self.datagrams)

    def steady(self) -> None:
        """Switch to non-blocking mode."""
        self.socket.setblocking(False)
        if self.datagrams:
            self.datagrams.setblocking(False)

    def frames(self) -> list[bytes]:
        """Return the complete control messages that have come. Raises ConnectionLost at the end."""
        while True:
            try:
                data = self.socket.recv(_RECEIVE)
            except ssl.SSLWantReadError:
                return list(self._messages())
            except OSError as error:
                raise ConnectionLost(str(error)) from None
            if not data:
                raise ConnectionLost("the server ended the connection")
            self._rest += data

    def note_progress(self, frame: bytes) -> None:
        """Note nothing: Mumble has no acknowledgements."""

    def tally_of(self, frame: bytes) -> Tally | None:
        """Return a tally of the voice in a control message, or None if there is none in it."""
        return voice_in(frame[_HEAD:], len(frame)) if _type(frame) == TUNNEL else None

    def tally_of_datagram(self, datagram: bytes) -> Tally | None:
        """Return a tally of the voice in a datagram, or None if there is none in it.

        Raises ValueError if it was not sealed for this client; they have to come in their order.
        """
        return voice_in(self._seal.open(datagram), len(datagram))

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        """Send the voice frame with this number. Return False if nothing can be sent now."""
        voice = bytes((OPUS << 5,)) + varint(2 * number) + varint(len(payload)) + payload
        return self._send_datagram(voice) if self.datagrams else self._send_now(TUNNEL, voice)

    def acknowledge(self, stamp: int) -> bool:
        """Ping by TCP, and by UDP where voice goes by it."""
        if self.datagrams:
            self._send_datagram(udp_ping(stamp))
        return self._send_now(PING, number_field(1, stamp))

    def close(self) -> None:
        """Close both sockets."""
        self.socket.close()
        if self.datagrams:
            self.datagrams.close()

    def _enter(self) -> Ocb2:
        seal: Ocb2 | None = None
        while True:
            for message in self._messages():
                body = message[_HEAD:]
                if _type(message) == REJECT:
                    raise ConnectionLost(f"the server said no: {bytes_fields(body).get(2, b'')!r}")
                if _type(message) == CRYPT_SETUP:
                    key, sending, receiving = map(bytes_fields(body).__getitem__, (1, 2, 3))
                    seal = Ocb2(key, sending, receiving)
                if _type(message) == SERVER_SYNC and seal is not None:
                    return seal
            data = self.socket.recv(_RECEIVE)
            if not data:
                raise ConnectionLost("the server ended the connection")
            self._rest += data

    def _open_datagrams(self, datagrams: socket.socket) -> None:
        """Ping by UDP until it is answered: from then on the server sends voice there."""
        datagrams.settimeout(_ASKED_AGAIN)
        for _ in range(int(PATIENCE / _ASKED_AGAIN)):
            stamp = time.monotonic_ns() // 1000
            datagrams.send(self._seal.seal(udp_ping(stamp)))
            with contextlib.suppress(TimeoutError, ValueError):
                if self._seal.open(datagrams.recv(2048)) == udp_ping(stamp):
                    return
        raise ConnectionLost("the server answers no datagram")

    def _messages(self) -> Iterator[bytes]:
        while len(self._rest) >= _HEAD:
            size = _HEAD + int.from_bytes(self._rest[2:_HEAD])
            if len(self._rest) < size:
                return
            message, self._rest = self._rest[:size], self._rest[size:]
            yield message

    def _send(self, kind: int, body: bytes) -> None:
        self.socket.sendall(_control(kind, body))

    def _send_now(self, kind: int, body: bytes) -> bool:
        message = _control(kind, body)
        try:
            sent = self.socket.send(message)
        except ssl.SSLWantWriteError:
            return False
        except OSError as error:
            raise ConnectionLost(str(error)) from None
        if sent != len(message):
            raise ConnectionLost("half a message went out")
        return True

    def _send_datagram(self, packet: bytes) -> bool:
        assert self.datagrams is not None
        try:
            self.datagrams.send(self._seal.seal(packet))
        except BlockingIOError:
            return False
        except OSError as error:
            raise ConnectionLost(str(error)) from None
        return True


def voice_in(packet: bytes, size: int) -> Tally | None:
    """Return a tally of the voice in a packet of the server's, or None if it holds none."""
    if packet[0] >> 5 != OPUS:
        return None
    session, at = read_varint(packet, 1)
    _, at = read_varint(packet, at)
    _, at = read_varint(packet, at)
    return Tally(0, size, [read_stamp(packet[at:])], [session])


def udp_ping(stamp: int) -> bytes:
    """Return the ping that the server sends back as it is."""
    return bytes((UDP_PING << 5,)) + varint(stamp % (1 << 28))


def varint(number: int) -> bytes:
    """Encode a number below 2^28 as Mumble's voice packets do."""
    if number < 1 << 7:
        return bytes((number,))
    if number < 1 << 14:
        return (number | 0x80 << 8).to_bytes(2)
    if number < 1 << 21:
        return (number | 0xC0 << 16).to_bytes(3)
    return (number | 0xE0 << 24).to_bytes(4)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read such a number. Return it and where it ends."""
    first = data[at]
    for more, (top, mask) in enumerate(((0x80, 0x7F), (0xC0, 0x3F), (0xE0, 0x1F), (0xF0, 0x0F))):
        if first < top:
            return int.from_bytes(data[at : at + more + 1]) & _low_bits(mask, more), at + more + 1
    raise ValueError("a number of 2^28 or more")


def number_field(field: int, number: int) -> bytes:
    """Encode a number as a field of a protobuf message."""
    return _base128(field << 3) + _base128(number)


def text_field(field: int, text: str) -> bytes:
    """Encode a text as a field of a protobuf message."""
    return _base128(field << 3 | 2) + _base128(len(text.encode())) + text.encode()


def bytes_fields(body: bytes) -> dict[int, bytes]:
    """Return the texts and bytes of a protobuf message by their field's number."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(body):
        tag, at = _read_base128(body, at)
        size, after = _read_base128(body, at)
        at = after
        if tag & 7 == 2:
            found[tag >> 3] = body[at : at + size]
            at += size
        elif tag & 7:
            raise ValueError("a field of another kind")
    return found


def _control(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2) + len(body).to_bytes(4) + body


def _type(message: bytes) -> int:
    return int.from_bytes(message[:2])


def _low_bits(mask: int, more: int) -> int:
    return (mask + 1 << 8 * more) - 1


def _base128(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _read_base128(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def _secured(raw: socket.socket) -> ssl.SSLSocket:
    """Return the connection with TLS, whatever certificate the server shows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(raw)
