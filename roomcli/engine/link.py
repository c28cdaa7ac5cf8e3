"""The link to a room: connects, proves the key, keeps alive, and comes back when it breaks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import trio

from ..errors import ConnectionFailed, ConnectionLost, ProtocolError, Refused
from ..protocol import FEATURES, codec
from ..protocol.address import Address
from ..protocol.audio import Ack, Bundle, UplinkFrame
from ..protocol.commands import Hello, RoomCommand
from ..protocol.events import Challenge, Goodbye, Joined, ServerMessage
from ..protocol.events import Refused as RefusedEvent
from ..protocol.handshake import signed_bytes
from ..protocol.local import Connection as ConnectionEvent
from ..protocol.local import Enter
from ..wire.connection import Connection
from ..wire.dial import dial
from ..wire.heartbeat import INTERVAL, Heartbeat
from ..wire.window import AckWindow
from .backoff import Backoff
from .keys import PersonalKey

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
VOICE_MAX_AGE = 0.2
"""Seconds of voice that may wait in this machine; what is older is never sent late."""


class RoomSide(Protocol):
    """What the link tells its owner."""

    def on_joined(self, joined: Joined) -> None:
        """In the room, for the first time or again."""

    def on_event(self, event: ServerMessage) -> None:
        """Something happened in the room."""

    def on_bundle(self, bundle: Bundle) -> None:
        """Voice of others came."""

    def on_connection(self, event: ConnectionEvent) -> None:
        """The link's own state changed."""


@dataclass(frozen=True)
class Ending:
    """Why the link ended for good."""

    code: str
    text: str
    refused: bool = False


class Link:
    """One room's link. :meth:`run` lives as long as one wants to be in the room."""

    def __init__(
        self,
        address: Address,
        enter: Enter,
        key: PersonalKey,
        side: RoomSide,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._address = address
        self._enter = enter
        self._key = key
        self._side = side
        self._clock = clock
        self._ticket: str | None = None
        self._connection: Connection | None = None
        self._heartbeat = Heartbeat(clock())
        self._uplink = AckWindow()
        self._heard_time = 0
        self._backoff: Backoff | None = None
        self._hurry = trio.Event()

    async def run(self) -> Ending:
        """Stay in the room; connect again when the connection breaks.

        Raises ConnectionFailed when not even the first connection comes about.
        """
        while True:
            try:
                ending = await self._once()
            except ConnectionFailed:
                if self._ticket is None:
                    raise
                lost = "no answer"
            except ConnectionLost as error:
                if self._ticket is None:
                    raise ConnectionFailed(f"{self._address.authority}: {error}") from None
                lost = str(error)
            else:
                if ending is not None:
                    return ending
                lost = "the server asks to come back"
            self._backoff = self._backoff or Backoff(self._clock())
            pause = self._backoff.pause(self._clock())
            self._side.on_connection(
                ConnectionEvent(state="reconnecting", text=lost, retry_in=round(pause, 1))
            )
            self._hurry = trio.Event()
            with trio.move_on_after(pause):
                await self._hurry.wait()

    def send(self, command: RoomCommand) -> bool:
        """Send a command; False when there is no connection to send it over."""
        if self._connection is None or self._connection.stream.broken is not None:
            return False
        self._connection.send(codec.encode(command))
        return True

    def send_voice(self, frame: UplinkFrame) -> None:
        """Send a voice frame, unless the way to the server is behind."""
        if self._connection is None:
            return
        if self._uplink.admits(frame.media_time, self._heartbeat.rtt):
            self._connection.send_voice(frame.encode())

    def reconnect_now(self, why: str) -> None:
        """The machine slept: what the connection was is not worth waiting for."""
        self._hurry.set()
        if self._connection is not None:
            self._connection.stream.cut(why)

    @property
    def rtt(self) -> float | None:
        """Round trip in seconds; None without a connection."""
        return self._heartbeat.rtt if self._connection is not None else None

    async def _once(self) -> Ending | None:
        """One connection; None when it makes sense to come back."""
        outcome: Ending | ConnectionFailed | ConnectionLost | None = None
        async with trio.open_nursery() as nursery:
            try:
                connection, certificate_hash = await dial(
                    nursery, self._address, voice_max_age=VOICE_MAX_AGE
                )
                try:
                    outcome = await self._in_room(nursery, connection, certificate_hash)
                finally:
                    self._connection = None
                    await connection.aclose()
            except (ConnectionFailed, ConnectionLost) as error:
                outcome = error
            nursery.cancel_scope.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _in_room(
        self, nursery: trio.Nursery, connection: Connection, certificate_hash: bytes
    ) -> Ending | None:
        try:
            with trio.fail_after(HELLO_SECONDS):
                joined = await self._joined(connection, certificate_hash)
        except trio.TooSlowError:
            raise ConnectionLost("the server does not answer the hello") from None
        except ProtocolError as error:
            raise ConnectionFailed(
                f"{self._address.authority} does not speak roomcli: {error}"
            ) from None
        except Refused as refused:
            return Ending(refused.code, str(refused), refused=True)
        self._ticket = joined.ticket
        self._heartbeat = Heartbeat(self._clock())
        self._uplink = AckWindow()
        self._heard_time = 0
        self._backoff = None
        self._connection = connection
        self._side.on_connection(ConnectionEvent(state="connected"))
        self._side.on_joined(joined)
        nursery.start_soon(self._keep_alive, connection)
        return await self._received(connection)

    async def _joined(self, connection: Connection, certificate_hash: bytes) -> Joined:
        challenge = codec.decode_from_server(await connection.receive())
        if not isinstance(challenge, Challenge):
            raise ProtocolError("bad_message", "no challenge came")
        signed = signed_bytes(
            challenge.nonce, self._address.authority, certificate_hash, self._address.room
        )
        hello = Hello(
            key=self._key.public,
            signature=self._key.sign(signed),
            certificate=certificate_hash,
            name=self._enter.name,
            headline=self._enter.headline,
            intent=self._enter.intent,
            access=self._enter.access,
            invite=self._address.invite,
            ticket=self._ticket,
            features=FEATURES,
        )
        connection.send(codec.encode(hello))
        while True:
            answer = codec.decode_from_server(await connection.receive())
            match answer:
                case Joined():
                    return answer
                case RefusedEvent(code=code, text=text):
                    raise Refused(code, text)
                case Goodbye(text=text, retry=True):
                    raise ConnectionLost(text)

    async def _received(self, connection: Connection) -> Ending | None:
        while True:
            try:
                message = codec.decode_from_server(await connection.receive())
            except ProtocolError as error:
                log.warning("the server sent nonsense: %s", error)
                continue
            self._heartbeat.heard(self._clock())
            match message:
                case Bundle():
                    self._heard_time = message.media_time
                    self._side.on_bundle(message)
                case Ack():
                    self._heartbeat.received(message, self._clock())
                    self._uplink.acknowledged(message.media_time)
                case Goodbye(code=code, text=text, retry=retry):
                    self._side.on_event(message)
                    return None if retry else Ending(code, text)
                case codec.UnknownEvent(event=name):
                    log.info("the server is newer: unknown event %s", name)
                case _:
                    self._side.on_event(message)

    async def _keep_alive(self, connection: Connection) -> None:
        while True:
            now = self._clock()
            if self._heartbeat.is_dead(now):
                connection.stream.cut("the server fell silent")
                return
            connection.send(self._heartbeat.ack(self._heard_time, now).encode())
            await trio.sleep(INTERVAL)
