"""A client of a room that uses as little CPU as Python allows, to leave the core to the server.

Opening is done with blocking calls. After :meth:`LeanClient.steady` nothing blocks, and a message
costs one ``recv`` and a look at its head.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import socket
import ssl
from collections.abc import Callable
from functools import cache
from typing import Literal, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import CommandRefused, ConnectionFailed, ConnectionLost
from ..protocol import SUBPROTOCOL, codec
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.audio import (
    FRAME,
    HOME,
    KIND_ACK,
    KIND_AUDIO,
    KIND_CONTROL,
    Ack,
    Flags,
    UplinkFrame,
)
from ..protocol.handshake import NO_CERTIFICATE, signed_bytes
from ..wire.frames import CLOSE, client_frame, payload_of
from ..wire.heartbeat import INTERVAL
from .tally import Tally, tally_of_bundle

PATIENCE = 20.0
_RECEIVE = 1 << 16
_GOODBYE = bytes((CLOSE, 0x82)) + bytes(4) + (1000).to_bytes(2)
"""A Close frame of a client; its mask hides nothing."""

E = TypeVar("E", bound=e.Event)


class LeanClient:
    """One connection to one room. Raises ConnectionFailed if there is none to be had.

    It comes from the address ``source`` of this machine, if one is named.
    """

    pause_ns = int(INTERVAL * 1e9)
    """Time between two acknowledgements."""

    def __init__(self, address: Address, source: str = "") -> None:
        self.address = address
        self.media_time = 0
        """Media time of the newest bundle received."""
        self.acknowledged = 0
        """Media time of the newest voice frame that the server has acknowledged."""
        self.id = ""
        self.visit = HOME
        self.is_on_stage = False
        self.room_invite: str | None = None
        """The invite to the room, where it was opened by invitation."""
        self._rest = b""
        self._certificate = NO_CERTIFICATE
        try:
            self.socket = socket.create_connection(
                (address.host, address.port), PATIENCE, source_address=(source, 0)
            )
        except OSError as error:
            reason = error.strerror or error
            raise ConnectionFailed(f"cannot reach {address.server}: {reason}") from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._is_tls = address.tls
        try:
            if address.tls:
                self.socket, self._certificate = _secured(self.socket, address)
            self._upgrade()
        except BaseException:
            self.close()
            raise

    def enter(
        self,
        key: Ed25519PrivateKey,
        name: str,
        *,
        intent: Literal["join", "host"] = "join",
        access: Literal["open", "invite"] = "open",
    ) -> e.Joined:
        """Answer the challenge and enter the room; close the connection if that fails.

        Raises CommandRefused, ConnectionLost.
        """
        try:
            nonce = self.wait_for(e.Challenge).nonce
            signed = signed_bytes(nonce, self.address.authority, self._certificate)
            hello = c.Hello(
                key=key.public_key().public_bytes_raw(),
                signature=key.sign(signed),
                certificate=self._certificate,
                authority=self.address.authority,
                name=name,
            )
            self.send_command(hello)
            wish = c.EnterRoom(
                room=self.address.room,
                intent=intent,
                access=access,
                invite=self.address.invite,
                host_token=self.address.host_token,
            )
            self.send_command(wish)
            joined = self.wait_for(e.Joined)
        except BaseException:
            self.close()
            raise
        self.id, self.visit, self.room_invite = joined.you, joined.visit, joined.invite
        self.is_on_stage = joined.you in joined.view.stage
        return joined

    def send_command(self, command: c.Command) -> None:
        """Send a command. Raises ConnectionLost if the socket takes nothing now."""
        if not self.send(codec.encode(command)):
            raise ConnectionLost("the server takes nothing")

    def wait_for(self, kind: type[E], which: Callable[[E], bool] = lambda _: True) -> E:
        """Return the next event of a kind for which ``which`` holds; discard the others.

        Allowed only before :meth:`steady`. Raises CommandRefused, ConnectionLost.
        """
        while True:
            while (frame := self._next_frame()) is None:
                self._rest += self._received()
            if payload_of(frame)[:1] != bytes((KIND_CONTROL,)):  # voice, and what belongs to it
                continue
            message = codec.decode_from_server(payload_of(frame))
            if isinstance(message, e.Refused):
                wait = message.retry_after
                raise CommandRefused(message.code, message.text, retry_after=wait)
            if isinstance(message, kind) and which(message):
                return message

    def steady(self) -> None:
        """Switch to non-blocking mode."""
        self.socket.setblocking(False)

    def frames(self) -> list[bytes]:
        """Return the complete WebSocket frames that have come. Raises ConnectionLost at the end."""
        found: list[bytes] = []
        while True:
            try:
                data = self.socket.recv(_RECEIVE)
            except (BlockingIOError, ssl.SSLWantReadError):
                return found
            except OSError as error:
                raise ConnectionLost(str(error)) from None
            if not data:
                raise ConnectionLost("the server ended the connection")
            if not self._rest and _frame_size(data) == len(data):
                found.append(data)
            else:
                self._rest += data
                while (frame := self._next_frame()) is not None:
                    found.append(frame)
            # One recv of a TLS socket gives one record, and the selector does not know of others.
            if not self._is_tls:
                return found

    def note_progress(self, frame: bytes) -> None:
        """Note how far voice has come, in either direction."""
        kind, media_time = kind_and_time(frame)
        if kind == KIND_AUDIO:
            self.media_time = media_time
        elif kind == KIND_ACK:
            self.acknowledged = media_time

    def tally_of(self, frame: bytes) -> Tally | None:
        """Return a tally of the voice in a frame, or None if there is none in it."""
        if kind_and_time(frame)[0] != KIND_AUDIO:
            return None
        return tally_of_bundle(payload_of(frame), len(frame))

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        """Send the voice frame with this number. Return False if the socket takes nothing now."""
        return self.send(self.voice_frame(number, level, payload))

    def voice_frame(self, number: int, level: int, payload: bytes) -> bytes:
        """Return the voice frame with this number of this visit."""
        flags = Flags.NONE if number else Flags.START
        return UplinkFrame(number, number * FRAME, flags, level, payload, self.visit).encode()

    def acknowledge(self, stamp: int) -> bool:
        """Acknowledge the received media time. Return False if the socket takes nothing now."""
        return self.send(Ack(self.media_time, stamp, visit=self.visit).encode())

    def send(self, message: bytes) -> bool:
        """Send a whole message. Return False if the socket takes nothing now."""
        frame = client_frame(message, os.urandom(4))
        try:
            sent = self.socket.send(frame)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return False
        except OSError as error:
            raise ConnectionLost(str(error)) from None
        if sent != len(frame):
            raise ConnectionLost("half a message went out")
        return True

    def leave(self) -> None:
        """Leave the room and close the connection, as far as the socket takes it now."""
        with contextlib.suppress(ConnectionLost, OSError):
            self.send_command(c.LeaveRoom())
            self.socket.send(_GOODBYE)
        self.close()

    def close(self) -> None:
        """Close the connection without a goodbye."""
        self.socket.close()

    def _upgrade(self) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {self.address.path} HTTP/1.1\r\nHost: {self.address.authority}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._received()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            said = head.splitlines()[0].decode("latin-1")
            raise ConnectionFailed(f"{self.address.server} opens no WebSocket: {said}")

    def _received(self) -> bytes:
        try:
            data = self.socket.recv(_RECEIVE)
        except OSError as error:
            raise ConnectionLost(str(error)) from None
        if not data:
            raise ConnectionLost("the server ended the connection")
        return data

    def _next_frame(self) -> bytes | None:
        size = _frame_size(self._rest)
        if size is None or len(self._rest) < size:
            return None
        frame, self._rest = self._rest[:size], self._rest[size:]
        return frame


def kind_and_time(frame: bytes) -> tuple[int, int]:
    """Return the kind of a server frame, and the media time of a bundle or acknowledgement."""
    at = (2, 4, 10)[max(0, frame[1] - 125)]
    return frame[at], int.from_bytes(frame[at + 2 : at + 10])


def _frame_size(data: bytes) -> int | None:
    """Return the size in bytes of the frame at the start, or None if its head is partial."""
    if len(data) < 2:
        return None
    if data[1] < 126:
        return 2 + data[1]
    if data[1] == 126:
        return 4 + int.from_bytes(data[2:4]) if len(data) >= 4 else None
    return 10 + int.from_bytes(data[2:10]) if len(data) >= 10 else None


def _secured(raw: socket.socket, address: Address) -> tuple[ssl.SSLSocket, bytes]:
    """Return the connection with TLS, and the SHA-256 of the server's certificate.

    A pin in the address takes the place of the certificate authorities. Raises ConnectionFailed.
    """
    try:
        stream = _tls_context(address.pin is not None).wrap_socket(
            raw, server_hostname=address.host.partition("%")[0]
        )
    except ssl.SSLError as error:
        raise ConnectionFailed(
            f"no secure connection to {address.server}: {error.reason or error};"
            " the address of a self-hosted room carries a pin, copy all of it"
        ) from None
    except OSError as error:
        raise ConnectionLost(str(error)) from None
    shown = hashlib.sha256(stream.getpeercert(binary_form=True) or b"")
    if address.pin is not None and shown.hexdigest() != address.pin:
        stream.close()
        raise ConnectionFailed(
            f"{address.server} shows another certificate than the address says:"
            " ask for a fresh address, or somebody is in between"
        )
    return stream, shown.digest()


@cache
def _tls_context(pinned: bool) -> ssl.SSLContext:
    """Return the settings of TLS, made once: to read the authorities takes longer than a join."""
    context = ssl.create_default_context()
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
