"""The link to a server: connects, proves the key, stays alive, and comes back when it breaks.

One connection leads from room to room. It runs as a task, and what it has to tell comes by a memory
channel, in the order in which it happened.
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


@dataclass(frozen=True, slots=True)
class LinkNews:
    """What a link tells.

    That is ``joined`` (again after each reconnect), what the room says, answers, voices, how the
    link itself is, and last how it ended. ``stay`` is the stay in a room to which it belongs, 0 if
    it belongs to none; so nothing of a room that was left is taken for the next one's.
    """

    stay: int
    what: e.ServerMessage | Bundle | Connection | Ending


@dataclass
class _Wish:
    """The room that the person wants to be in."""

    stay: int
    address: Address
    enter: Enter
    ticket: str | None
    chat_seen: int
    knocks: bool = False
    """Whether the person waits at the room's door."""


class ServerConnection:
    """The link to one server. :meth:`run` lasts until it is cancelled, or the server ends it.

    ``address`` may be that of any room there. With ``keeps_name`` name and headline hold on it
    whatever the person's profile says. Whoever runs it has to receive :attr:`news`
    meanwhile: while they fall behind, the connection is not read, and the server holds voice back,
    since it is not acknowledged.
    """

    def __init__(
        self,
        address: Address,
        name: str,
        headline: str,
        key: PersonalKey,
        clock: Callable[[], float] = trio.current_time,
        *,
        keeps_name: bool = False,
    ) -> None:
        self._address = address
        self._name = name
        self._headline = headline
        self._keeps_name = keeps_name
        self._key = key
        self._tell, self.news = trio.open_memory_channel[LinkNews](MAX_NEWS)
        self._clock = clock
        self._wish: _Wish | None = None
        self._stays = 0
        self._unanswered = 0
        """How many of the wishes that were sent have no answer yet; only the last one's counts."""
        self._answer_by = float("inf")
        self._watches = False
        self._arrived = False
        """Whether the person ever came where they wanted to be, so that coming back makes sense."""
        self._connection: WebSocket | None = None
        self._heartbeat = Heartbeat(clock())
        self._uplink = AckWindow()
        self._heard_time = 0
        self._visit = HOME
        self._backoff: Backoff | None = None
        self._arrived_at = float("inf")
        self._not_before = 0.0
        self._hurry = trio.Event()
        self._attempt = trio.CancelScope()
        self._begins_anew = True

    def enter(self, address: Address, enter: Enter) -> int:
        """Enter a room of this server, and leave the one before; return the number of the stay.

        The room answers by ``joined`` or a refusal of ``enter_room``.
        """
        self._stays += 1
        self._stop_knocking()
        self._wish = _Wish(self._stays, address, enter, enter.ticket, enter.chat_after)
        self._be_nowhere()
        if self._connection is not None:
            self._ask_in(self._connection, self._wish)
        else:
            self._hurry.set()
        return self._stays

    def leave(self) -> bool:
        """Leave the room; return whether its ``room_left`` is worth waiting for."""
        was_asked_for, was_inside = self._wish is not None, self._visit != HOME
        if self._stop_knocking():
            was_asked_for = False
        self._wish = None
        self._be_nowhere()
        if not was_asked_for or not self._is_usable:
            return False
        assert self._connection is not None
        self._connection.send(codec.encode(c.LeaveRoom()))
        return was_inside

    def _stop_knocking(self) -> bool:
        """Wait at no door any longer; return whether the person did."""
        wish = self._wish
        if wish is None or not wish.knocks:
            return False
        wish.knocks = False
        if self._connection is not None and self._is_usable:
            self._connection.send(codec.encode(c.Knock(room=wish.address.room, on=False)))
        return True

    def watch_rooms(self, on: bool) -> None:
        """Ask for the news of rooms from now on, also after a reconnect, or no longer."""
        changed, self._watches = on != self._watches, on
        if changed and self._connection is not None:
            self._connection.send(codec.encode(c.WatchRooms(on=on)))

    def _be_nowhere(self) -> None:
        """Send and take no voice until the next room is entered."""
        self._visit = HOME
        self._heard_time = 0
        if self._connection is not None:
            self._connection.stream.drop_voice()

    async def run(self) -> None:
        """Stay connected, and connect again when the connection breaks; tell why it ended.

        When the server says to come back later, this waits, the first time too. When a room is to
        be entered and the first connection fails for another reason, that is the ending, with the
        code ``connection_failed``.
        """
        async with self._tell:
            try:
                ending = await self._stay()
            except ConnectionFailed as error:
                ending = Ending(CONNECTION_FAILED, str(error))
            await self._tell.send(LinkNews(0, ending))

    async def _stay(self) -> Ending:
        """Connect again and again, until an ending; raises ConnectionFailed as :meth:`run` says."""
        while True:
            self._hurry = trio.Event()
            ending, lost = await self._outcome()
            if ending is not None:
                return ending
            now = self._clock()
            if now - self._arrived_at >= SETTLED:
                self._backoff = None
            self._arrived_at = float("inf")
            self._backoff = self._backoff or Backoff(now)
            pause = 0.0 if self._hurry.is_set() else self._backoff.pause(now)
            pause, self._not_before = max(pause, self._not_before), 0.0
            await self._tell.send(
                LinkNews(
                    0,
                    Connection(
                        state="reconnecting" if self._arrived else "connecting",
                        text=cleaned(lost, MAX_TEXT),
                        retry_in=round(pause, 1),
                    ),
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
                if self._wish is not None and not self._arrived:
                    raise ConnectionFailed(await self._explained(error)) from None
                lost = str(error)
            except ConnectionLost as error:
                if self._wish is not None and not (self._arrived or self._not_before):
                    why = f"{self._address.authority}: {cleaned(str(error), MAX_TEXT)}"
                    raise ConnectionFailed(why) from None
                lost = str(error)
        if self._attempt.cancelled_caught:
            lost = "tried again"
        return ending, lost

    async def _explained(self, error: ConnectionFailed) -> str:
        """Return why the first connection failed, and what to type for a nearly right address."""
        if isinstance(error, NotSpoken):
            address, intent = self._address, "join"
            if self._wish is not None:
                address, intent = self._wish.address, self._wish.enter.intent
            find = partial(other_way, address)
            other = await trio.to_thread.run_sync(find, abandon_on_cancel=True)
            if other is not None:
                return in_other_words(address, other, f"roomcli {intent} '{other}'")
        return str(error)

    def send(self, command: c.RoomCommand | c.DeskCommand) -> bool:
        """Send a command; return False without a connection, or without a room that it is for."""
        needs_room = not isinstance(command, c.DeskCommand)
        if (needs_room and self._visit == HOME) or not self._is_usable:
            return False
        assert self._connection is not None
        self._connection.send(codec.encode(command))
        return True

    @property
    def _is_usable(self) -> bool:
        return self._connection is not None and self._connection.stream.broken is None

    def send_voice(self, frame: UplinkFrame) -> None:
        """Send a voice frame, unless the server has not acknowledged earlier ones in time."""
        if self._connection is None or self._visit == HOME:
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
        if self._arrived and self._connection is not None:
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
            welcome = await self._admitted(connection, certificate_hash)
            if isinstance(welcome, Ending):
                return welcome
            self._heartbeat = Heartbeat(self._clock())
            if self._watches:
                connection.send(codec.encode(c.WatchRooms()))
            if self._wish is None:
                await self._arrive()
            await self._tell.send(LinkNews(0, welcome))
            nursery.start_soon(self._keep_alive, connection)
            return await self._received(connection)
        except ProtocolError as error:
            # The view may be wrong now, so start again with a new connection.
            log.warning("the server sent nonsense: %s", error)
            closing = NONSENSE
            if not self._arrived:
                raise self._speaks_otherwise(error) from None
            raise ConnectionLost("the server sent what makes no sense") from None
        finally:
            self._connection = None
            self._visit = HOME
            self._unanswered = 0
            self._answer_by = float("inf")
            await connection.aclose(closing)

    async def _admitted(self, connection: WebSocket, certificate_hash: bytes) -> e.Welcome | Ending:
        try:
            with trio.fail_after(HELLO_SECONDS):
                return await self._introduce(connection, certificate_hash)
        except trio.TooSlowError:
            raise ConnectionLost("the server does not answer the hello") from None
        except ProtocolError as error:
            raise self._speaks_otherwise(error) from None

    def _speaks_otherwise(self, error: ProtocolError) -> ConnectionFailed:
        return ConnectionFailed(f"{self._address.authority} does not speak roomcli: {error}")

    async def _arrive(self) -> None:
        """Note that the person is where they want to be, at home or in a room."""
        self._arrived = True
        self._arrived_at = self._clock()
        await self._tell.send(LinkNews(0, Connection(state="connected")))

    async def _begin(self, wish: _Wish, joined: e.Joined) -> None:
        if joined.you != joined.view.you:
            raise ProtocolError("bad_message", "joined as two people")
        wish.ticket = joined.ticket
        wish.chat_seen = max([wish.chat_seen, *(each.number for each in joined.chat)])
        self._uplink = AckWindow()
        self._begins_anew = True
        self._heard_time = 0
        self._visit = joined.visit
        await self._arrive()
        await self._tell.send(LinkNews(wish.stay, joined))

    async def _introduce(
        self, connection: WebSocket, certificate_hash: bytes
    ) -> e.Welcome | Ending:
        challenge = codec.decode_from_server(await connection.receive())
        if not isinstance(challenge, e.Challenge):
            raise ProtocolError("bad_message", "no challenge came")
        signed = signed_bytes(challenge.nonce, self._address.authority, certificate_hash)
        hello = c.Hello(
            key=self._key.public,
            signature=self._key.sign(signed),
            certificate=certificate_hash,
            authority=self._address.authority,
            name=self._name,
            headline=self._headline,
            keeps_name=self._keeps_name,
            features=FEATURES,
        )
        connection.send(codec.encode(hello))
        self._connection = connection
        if self._wish is not None:  # at once: waiting for welcome takes a round trip
            self._ask_in(connection, self._wish)
        while True:
            answer = codec.decode_from_server(await connection.receive())
            match answer:
                case e.Welcome():
                    return answer
                case e.Refused(code=code, text=text, retry_after=wait):
                    if await self._asks_to_come_back(connection):
                        self._not_before = wait or 0.0
                        raise ConnectionLost(text)
                    return Ending(code, text, refused=True)
                case e.Goodbye(text=text, retry=True):
                    raise ConnectionLost(text)
                case e.Goodbye(code=code, text=text):
                    return Ending(code, text, refused=True)
                case e.Challenge() | e.Joined():
                    raise ProtocolError("bad_message", "no welcome came")

    def _ask_in(self, connection: WebSocket, wish: _Wish) -> None:
        self._unanswered += 1
        self._answer_by = self._clock() + HELLO_SECONDS
        connection.send(
            codec.encode(
                c.EnterRoom(
                    room=wish.address.room,
                    intent=wish.enter.intent,
                    access=wish.enter.access,
                    invite=wish.address.invite,
                    host_token=wish.address.host_token,
                    password=wish.enter.password,
                    ticket=wish.ticket,
                    chat_after=wish.chat_seen,
                )
            )
        )

    def _answered_wish(self) -> _Wish | None:
        """Count an answer to a wish; return the wish if that is the one the person still has."""
        if not self._unanswered:
            raise ProtocolError("bad_message", "nobody asked to enter a room")
        self._unanswered -= 1
        if self._unanswered:
            return None
        self._answer_by = float("inf")
        return self._wish

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
                    if await self._tell_of_room(message):
                        self._heard_time = message.media_time
                case Ack():
                    self._heartbeat.received(message, self._clock())
                    self._uplink.acknowledged(message.media_time)
                case e.Joined():
                    if (wish := self._answered_wish()) is not None:
                        await self._begin(wish, message)
                case e.KnockAnswered():
                    await self._hear_answer(connection, message)
                case e.Refused(command="knock", code=code, text=text):
                    await self._end_knocking(code, text)
                case e.Refused(command="enter_room"):
                    if (wish := self._answered_wish()) is not None:
                        await self._turn_away(wish, message)
                case e.RoomLeft():
                    await self._end_visit(message)
                case e.Goodbye(code=code, text=text, retry=retry):
                    stay = self._wish.stay if self._wish is not None else 0
                    await self._tell.send(LinkNews(stay, message))
                    return None if retry else Ending(code, text)
                case e.Challenge() | e.Welcome():
                    raise ProtocolError("bad_message", "one is known already")
                case codec.UnknownEvent(event=name):
                    log.info("the server is newer: unknown event %s", name)
                case e.Done() | e.Refused() | e.RoomsListed() | e.DeskEvent():
                    await self._tell.send(LinkNews(0, message))
                case _:
                    if self._wish is not None and isinstance(message, e.ChatPosted):
                        number = message.message.number
                        self._wish.chat_seen = max(self._wish.chat_seen, number)
                    await self._tell_of_room(message)

    async def _tell_of_room(self, what: e.ServerMessage | Bundle) -> bool:
        """Tell what belongs to the room that one is in; return False if one is in none."""
        if self._wish is None or self._visit == HOME:
            return False
        await self._tell.send(LinkNews(self._wish.stay, what))
        return True

    async def _turn_away(self, wish: _Wish, refused: e.Refused) -> None:
        if refused.code in COME_AGAIN:
            self._not_before = refused.retry_after or 0.0
            raise ConnectionLost(refused.text)
        if refused.code == "knock_needed" and self._connection is not None:
            await self._knock(self._connection, wish)
            return
        self._wish = None
        await self._tell.send(LinkNews(wish.stay, refused))

    async def _knock(self, connection: WebSocket, wish: _Wish) -> None:
        """Wait at the room's door: who is let in then enters by itself."""
        wish.knocks = self._arrived = True
        room = wish.address.room
        connection.send(codec.encode(c.Knock(room=room, invite=wish.address.invite)))
        text = f"you wait at the door of {room} until a host answers"
        await self._tell.send(LinkNews(wish.stay, Connection(state="knocking", text=text)))

    async def _hear_answer(self, connection: WebSocket, answer: e.KnockAnswered) -> None:
        wish = self._wish
        if wish is None or not wish.knocks or wish.address.room != answer.room:
            return
        if answer.answer == "let_in":
            wish.knocks = False
            self._ask_in(connection, wish)
        else:
            code = "turned_away" if answer.answer == "refused" else "no_knocking"
            await self._end_knocking(code, answer.text)

    async def _end_knocking(self, code: str, text: str) -> None:
        wish = self._wish
        if wish is not None and wish.knocks:
            wish.knocks, self._wish = False, None
            refused = e.Refused(command="enter_room", code=code, text=text)
            await self._tell.send(LinkNews(wish.stay, refused))

    async def _end_visit(self, left: e.RoomLeft) -> None:
        if self._unanswered:
            return  # the person is on their way into another room
        stay = self._wish.stay if self._wish is not None else 0
        self._wish = None
        self._be_nowhere()
        await self._tell.send(LinkNews(stay, left))

    async def _keep_alive(self, connection: WebSocket) -> None:
        while True:
            now = self._clock()
            if self._heartbeat.is_dead(now):
                connection.stream.cut("the server fell silent")
                return
            if now > self._answer_by:
                connection.stream.cut("the server does not answer")
                return
            ack = self._heartbeat.ack(self._heard_time, now, self._visit)
            connection.send(ack.encode())
            await trio.sleep(INTERVAL)
