"""The link to a room: connects, proves the key, stays alive, and comes back when it breaks.

It runs as a task, and what it has to tell comes by a memory channel, in the order in which it
happened.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import trio

from ..errors import ConnectionFailed, ConnectionLost, ProtocolError
from ..protocol import FEATURES, codec
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.audio import HOME, Ack, Bundle, Flags, UplinkFrame
from ..protocol.handshake import signed_bytes
from ..protocol.local import Connection, Enter
from ..protocol.text import cleaned
from ..wire.connection import WebSocket
from ..wire.dial import NotSpoken, dial
from ..wire.heartbeat import INTERVAL, Heartbeat
from ..wire.other_way import in_other_words, other_way
from ..wire.window import AckWindow
from .backoff import SETTLED, Backoff
from .keys import PersonalKey

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
GOODBYE_SECONDS = 1.0
VOICE_MAX_AGE = 0.2
"""Seconds of voice that may wait in this machine; older voice is never sent late."""

CONNECTION_FAILED = "connection_failed"
"""The code of the ending when no connection came about at all."""
NORMAL, NONSENSE = 1000, 1002
"""Close codes of a WebSocket (RFC 6455)."""
MAX_TEXT = 200
COME_AGAIN = ("rate_limited", "failed")
"""Codes of a refused ``enter_room`` with which it makes sense to come back."""
MAX_NEWS = 16
"""News that may wait to be received; less than what a server sends without acknowledgement."""


@dataclass(frozen=True)
class Ending:
    """Why the link ended for good."""

    code: str
    text: str
    refused: bool = False


News = e.ServerMessage | Bundle | Connection | Ending
"""What a link tells: ``joined`` (again after each reconnect), what the room says, voices, how the
link itself is, and last how it ended."""


class RoomConnection:
    """The link to one room. :meth:`run` lasts as long as the person wants to be in the room.

    Whoever runs it has to receive :attr:`news` meanwhile: while they fall behind, the connection
    is not read, and the server holds voice back, since it is not acknowledged.
    """

    def __init__(
        self,
        address: Address,
        enter: Enter,
        key: PersonalKey,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._address = address
        self._enter = enter
        self._key = key
        self._tell, self.news = trio.open_memory_channel[News](MAX_NEWS)
        self._clock = clock
        self._ticket = enter.ticket
        self._chat_seen = enter.chat_after
        self._was_in_room = False
        self._connection: WebSocket | None = None
        self._heartbeat = Heartbeat(clock())
        self._uplink = AckWindow()
        self._heard_time = 0
        self._visit = HOME
        self._backoff: Backoff | None = None
        self._entered_at = float("inf")
        self._not_before = 0.0
        self._hurry = trio.Event()
        self._attempt = trio.CancelScope()
        self._begins_anew = True

    async def run(self) -> None:
        """Stay in the room, and connect again when the connection breaks; tell why it ended.

        When the server says to come back later, this waits, the first time too. When the first
        connection fails for another reason, that is the ending, with the code
        ``connection_failed``.
        """
        async with self._tell:
            try:
                ending = await self._stay()
            except ConnectionFailed as error:
                ending = Ending(CONNECTION_FAILED, str(error))
            await self._tell.send(ending)

    async def _stay(self) -> Ending:
        """Connect again and again, until an ending; raises ConnectionFailed as :meth:`run` says."""
        while True:
            self._hurry = trio.Event()
            ending, lost = await self._outcome()
            if ending is not None:
                return ending
            now = self._clock()
            if now - self._entered_at >= SETTLED:
                self._backoff = None
            self._entered_at = float("inf")
            self._backoff = self._backoff or Backoff(now)
            pause = 0.0 if self._hurry.is_set() else self._backoff.pause(now)
            pause, self._not_before = max(pause, self._not_before), 0.0
            await self._tell.send(
                Connection(
                    state="reconnecting" if self._was_in_room else "connecting",
                    text=cleaned(lost, MAX_TEXT),
                    retry_in=round(pause, 1),
                )
            )
            with trio.move_on_after(pause):
                await self._hurry.wait()

    async def _outcome(self) -> tuple[Ending | None, str]:
        """Try once; return the ending if it is final, and the reason for trying again otherwise."""
        lost = "the server asks to come back"
        ending = None
        with trio.CancelScope() as self._attempt:
            try:
                ending = await self._once()
            except ConnectionFailed as error:
                if not self._was_in_room:
                    raise ConnectionFailed(await self._explained(error)) from None
                lost = str(error)
            except ConnectionLost as error:
                if not (self._was_in_room or self._not_before):
                    why = f"{self._address.authority}: {cleaned(str(error), MAX_TEXT)}"
                    raise ConnectionFailed(why) from None
                lost = str(error)
        if self._attempt.cancelled_caught:
            lost = "tried again"
        return ending, lost

    async def _explained(self, error: ConnectionFailed) -> str:
        """Return why the first connection failed, and what to type for a nearly right address."""
        if isinstance(error, NotSpoken):
            find = partial(other_way, self._address)
            other = await trio.to_thread.run_sync(find, abandon_on_cancel=True)
            if other is not None:
                line = f"roomcli {self._enter.intent} '{other}'"
                return in_other_words(self._address, other, line)
        return str(error)

    def send(self, command: c.RoomCommand) -> bool:
        """Send a command; return False when there is no connection."""
        if self._connection is None or self._connection.stream.broken is not None:
            return False
        self._connection.send(codec.encode(command))
        return True

    def send_voice(self, frame: UplinkFrame) -> None:
        """Send a voice frame, unless the server has not acknowledged earlier ones in time."""
        if self._connection is None:
            return
        if frame.flags & Flags.DISCONTINUITY:
            self._begins_anew = True
            self._uplink = AckWindow()
        if self._uplink.admits(frame.media_time, self._heartbeat.rtt):
            if self._begins_anew:
                # Even if the frame with this flag was not admitted, or was lost on the way.
                flags = frame.flags | Flags.START | Flags.DISCONTINUITY
                frame = replace(frame, flags=flags)
                self._begins_anew = False
            self._connection.send_voice(replace(frame, visit=self._visit).encode())

    def reconnect_now(self, why: str) -> None:
        """Drop the connection and connect again at once, because the machine slept."""
        self._backoff = None
        self._hurry.set()
        if self._connection is not None:
            self.cut(why)
        else:
            self._attempt.cancel()

    def cut(self, why: str) -> None:
        """End the connection at once, even with messages in the queue."""
        if self._connection is not None:
            self._connection.stream.cut(why)

    @property
    def rtt(self) -> float | None:
        """The round trip in seconds; None without a connection."""
        return self._heartbeat.rtt if self._connection is not None else None

    async def _once(self) -> Ending | None:
        """Use one connection until it ends; return None when it makes sense to come back."""
        outcome: Ending | ConnectionFailed | ConnectionLost | None = None
        async with trio.open_nursery() as nursery:
            try:
                outcome = await self._connected(nursery)
            except (ConnectionFailed, ConnectionLost) as error:
                outcome = error
            nursery.cancel_scope.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _connected(self, nursery: trio.Nursery) -> Ending | None:
        connection, certificate_hash = await dial(
            nursery, self._address, voice_max_age=VOICE_MAX_AGE
        )
        closing = NORMAL
        try:
            joined = await self._admitted(connection, certificate_hash)
            if isinstance(joined, Ending):
                return joined
            await self._begin(connection, joined)
            nursery.start_soon(self._keep_alive, connection)
            return await self._received(connection)
        except ProtocolError as error:
            # The view may be wrong now, so start again with a new connection.
            log.warning("the server sent nonsense: %s", error)
            closing = NONSENSE
            raise ConnectionLost("the server sent what makes no sense") from None
        finally:
            self._connection = None
            await connection.aclose(closing)

    async def _admitted(self, connection: WebSocket, certificate_hash: bytes) -> e.Joined | Ending:
        try:
            with trio.fail_after(HELLO_SECONDS):
                return await self._joined(connection, certificate_hash)
        except trio.TooSlowError:
            raise ConnectionLost("the server does not answer the hello") from None
        except ProtocolError as error:
            raise ConnectionFailed(
                f"{self._address.authority} does not speak roomcli: {error}"
            ) from None

    async def _begin(self, connection: WebSocket, joined: e.Joined) -> None:
        self._ticket = joined.ticket
        self._chat_seen = max([self._chat_seen, *(each.number for each in joined.chat)])
        self._was_in_room = True
        self._heartbeat = Heartbeat(self._clock())
        self._uplink = AckWindow()
        self._begins_anew = True
        self._heard_time = 0
        self._visit = joined.visit
        self._entered_at = self._clock()
        self._connection = connection
        await self._tell.send(Connection(state="connected"))
        await self._tell.send(joined)

    async def _joined(self, connection: WebSocket, certificate_hash: bytes) -> e.Joined | Ending:
        challenge = codec.decode_from_server(await connection.receive())
        if not isinstance(challenge, e.Challenge):
            raise ProtocolError("bad_message", "no challenge came")
        signed = signed_bytes(challenge.nonce, self._address.authority, certificate_hash)
        hello = c.Hello(
            key=self._key.public,
            signature=self._key.sign(signed),
            certificate=certificate_hash,
            authority=self._address.authority,
            name=self._enter.name,
            headline=self._enter.headline,
            features=FEATURES,
        )
        enter_room = c.EnterRoom(
            room=self._address.room,
            intent=self._enter.intent,
            access=self._enter.access,
            invite=self._address.invite,
            host_token=self._address.host_token,
            password=self._enter.password,
            ticket=self._ticket,
            chat_after=self._chat_seen,
        )
        connection.send(codec.encode(hello))
        connection.send(codec.encode(enter_room))  # at once: waiting for welcome takes a round trip
        while True:
            answer = codec.decode_from_server(await connection.receive())
            match answer:
                case e.Joined(you=you, view=view):
                    if you != view.you:
                        raise ProtocolError("bad_message", "joined as two people")
                    return answer
                case e.Refused(command=command, code=code, text=text, retry_after=wait):
                    if command == "enter_room":
                        comes_back = code in COME_AGAIN
                    else:
                        comes_back = await self._asks_to_come_back(connection)
                    if comes_back:
                        self._not_before = wait or 0.0
                        raise ConnectionLost(text)
                    return Ending(code, text, refused=True)
                case e.Goodbye(text=text, retry=True):
                    raise ConnectionLost(text)
                case e.Goodbye(code=code, text=text):
                    return Ending(code, text, refused=True)

    async def _asks_to_come_back(self, connection: WebSocket) -> bool:
        """Whether a goodbye that follows a refusal says that coming back makes sense."""
        with trio.move_on_after(GOODBYE_SECONDS), contextlib.suppress(ConnectionLost):
            goodbye = codec.decode_from_server(await connection.receive())
            return isinstance(goodbye, e.Goodbye) and goodbye.retry
        return False

    async def _received(self, connection: WebSocket) -> Ending | None:
        while True:
            try:
                message = codec.decode_from_server(await connection.receive())
            except ProtocolError as error:
                if error.code not in ("bad_audio", "bad_ack"):
                    raise
                log.warning("ignored from the server: %s", error)
                continue
            self._heartbeat.heard(self._clock())
            match message:
                case Bundle(visit=visit) | Ack(visit=visit) if visit != self._visit:
                    pass  # of a room that was left
                case Bundle():
                    await self._tell.send(message)
                    self._heard_time = message.media_time
                case Ack():
                    self._heartbeat.received(message, self._clock())
                    self._uplink.acknowledged(message.media_time)
                case e.RoomLeft(reason=reason, text=text):
                    await self._tell.send(message)
                    return Ending(reason, text)
                case e.Goodbye(code=code, text=text, retry=retry):
                    await self._tell.send(message)
                    return None if retry else Ending(code, text)
                case e.Challenge() | e.Welcome() | e.Joined():
                    raise ProtocolError("bad_message", "one is in the room already")
                case codec.UnknownEvent(event=name):
                    log.info("the server is newer: unknown event %s", name)
                case _:
                    if isinstance(message, e.ChatPosted):
                        self._chat_seen = max(self._chat_seen, message.message.number)
                    await self._tell.send(message)

    async def _keep_alive(self, connection: WebSocket) -> None:
        while True:
            now = self._clock()
            if self._heartbeat.is_dead(now):
                connection.stream.cut("the server fell silent")
                return
            ack = self._heartbeat.ack(self._heard_time, now, self._visit)
            connection.send(ack.encode())
            await trio.sleep(INTERVAL)
