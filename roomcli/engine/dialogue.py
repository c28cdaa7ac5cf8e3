"""One connection to a server, from the hello to its end: what is said, and what is heard."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import trio
from msgspec.structs import replace

from ..audio.encoder_control import UplinkLoad
from ..errors import ConnectionFailed, ConnectionLost, ProtocolError
from ..protocol import ACK_DELAY, codec
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.audio import HOME, Ack, Bundle, UplinkFrame
from ..protocol.health import VoiceWay
from ..protocol.local import Connection, Problem
from ..wire.connection import WebSocket
from .ending import ASKED_BACK, ComeBack, Ending, come_back
from .hello import Introduction, read_welcome, say_hello
from .stays import ANSWER_SECONDS, RoomStay, Stays
from .voice_traffic import VoiceTraffic

log = logging.getLogger(__name__)

NORMAL, NONSENSE = 1000, 1002
"""Close codes of a WebSocket (RFC 6455)."""
COME_AGAIN = ("rate_limited", "failed")
"""Codes of a refused ``enter_room`` with which it makes sense to come back."""


@dataclass(frozen=True, slots=True)
class LinkNews:
    """What a link tells.

    That is ``joined`` (again after each reconnect), what the room says, answers, voices, how the
    link itself is, and last how it ended. ``stay`` is the stay in a room to which it belongs, 0 if
    it belongs to none; so nothing of a room that was left is taken for the next one's.
    """

    stay: int
    what: e.ServerMessage | Bundle | Connection | Problem | Ending


class Dialogue:
    """One connection. ``news`` takes what it has to tell; ``stays`` outlive it.

    With ``echoes`` voice goes out and comes back at home too.
    ``playing_delay`` gives how many milliseconds after its arrival voice is heard, or None.
    ``note_others`` is told where the other servers of a cluster are.
    """

    def __init__(
        self,
        connection: WebSocket,
        certificate_hash: bytes,
        introduction: Introduction,
        stays: Stays,
        news: trio.MemorySendChannel[LinkNews],
        clock: Callable[[], float],
        playing_delay: Callable[[], int | None],
        note_others: Callable[[Iterable[str]], None],
        *,
        echoes: bool = False,
    ) -> None:
        self._connection = connection
        self._certificate_hash = certificate_hash
        self._introduction = introduction
        self._stays = stays
        self._news = news
        self._clock = clock
        self._note_others = note_others
        self._apart = e.ServersApart(apart=False)
        self._echoes = echoes
        self._voice = VoiceTraffic(connection, stays, clock, playing_delay, self._hear_bundle)
        self.is_open = False
        """Whether the hello was sent and the connection has not ended, so that more can be said."""
        self.arrived_at = float("inf")
        """When the person came last where they wanted to be, at home or in a room."""

    async def run(
        self, nursery: trio.Nursery, watches: Callable[[], Iterable[c.HomeCommand]]
    ) -> Ending | ComeBack:
        """Say hello, and listen until the connection ends.

        ``watches`` gives, once the hello is answered, what asks for the news of home.

        Raises ConnectionLost, and ConnectionFailed if the server does not speak roomcli.
        """
        closing = NORMAL
        try:
            welcome = await self._admitted()
            if not isinstance(welcome, e.Welcome):
                return welcome
            self._voice.begin_at_home()
            self._voice.tells_delay = ACK_DELAY in welcome.features
            for watch in watches():
                self.say(watch)
            if self._stays.wanted is None:
                await self._arrive()
            await self._news.send(LinkNews(0, welcome))
            nursery.start_soon(self._keep_alive)
            return await self._listen(nursery)
        except ProtocolError as error:
            # The view may be wrong now, so start again with a new connection.
            log.warning("the server sent nonsense: %s", error)
            closing = NONSENSE
            if not self.has_arrived:
                raise self._speaks_otherwise(error) from None
            raise ConnectionLost("the server sent what makes no sense") from None
        finally:
            self.is_open = False
            self._stays.lose_connection()
            await self._connection.aclose(closing)

    # What is said.

    @property
    def has_arrived(self) -> bool:
        """Whether the person came where they wanted to be."""
        return self.arrived_at < float("inf")

    @property
    def is_usable(self) -> bool:
        """Whether what is said now may reach the server."""
        return self.is_open and self._connection.stream.broken is None

    @property
    def rtt(self) -> float | None:
        """The round trip in seconds."""
        return self._voice.rtt

    @property
    def round_trips(self) -> tuple[float, ...]:
        """The last round trips in seconds, the newest last."""
        return self._voice.round_trips

    @property
    def voice_dropped(self) -> int:
        """Frames of one's own voice that did not leave in time."""
        return self._voice.dropped

    @property
    def voice_ways(self) -> tuple[VoiceWay, VoiceWay]:
        """The way of one's own voice, and that of the others'."""
        return self._voice.uplink, self._voice.downlink

    @property
    def hears_datagrams(self) -> bool | None:
        """Whether anything came by UDP in this visit; None where no UDP is offered."""
        return self._voice.hears_datagrams

    @property
    def uplink_load(self) -> UplinkLoad:
        """How much of what is said waits, in this machine and on the way."""
        return self._voice.load

    def say(self, command: c.Command) -> None:
        """Send a command to the server."""
        self._connection.send(codec.encode(command))

    def ask_in(self) -> None:
        """Ask to enter the room that the person wants to be in, if there is one."""
        question = self._stays.ask_in(self._clock())
        if question is not None:
            self.say(question)

    def fall_silent(self) -> None:
        """Drop the voice that was not sent yet: it was for a room that is left."""
        self._voice.end_visit()

    def send_voice(self, frame: UplinkFrame) -> None:
        """Send a voice frame, unless the server has not acknowledged earlier ones in time."""
        if self._stays.visit != HOME or self._echoes:
            self._voice.send(frame)

    def cut(self, why: str) -> None:
        """End the connection at once, even with messages in the queue."""
        self._connection.stream.cut(why)

    async def _keep_alive(self) -> None:
        while True:
            if self._voice.is_dead:
                self.cut("the server fell silent")
                return
            if self._clock() > self._stays.answer_by:
                self.cut("the server does not answer")
                return
            self._voice.send_ack()
            await trio.sleep(self._stays.ack_interval)

    # The hello.

    async def _admitted(self) -> e.Welcome | Ending | ComeBack:
        try:
            with trio.fail_after(ANSWER_SECONDS):
                await say_hello(self._connection, self._introduction, self._certificate_hash)
                self.is_open = True
                self.ask_in()  # at once: waiting for welcome takes a round trip
                return await read_welcome(self._connection)
        except trio.TooSlowError:
            raise ConnectionLost("the server does not answer the hello") from None
        except ProtocolError as error:
            raise self._speaks_otherwise(error) from None

    def _speaks_otherwise(self, error: ProtocolError) -> ConnectionFailed:
        return ConnectionFailed(f"{self._introduction.authority} does not speak roomcli: {error}")

    async def _arrive(self) -> None:
        self.arrived_at = self._clock()
        await self._news.send(LinkNews(0, Connection(state="connected")))

    # What is heard.

    async def _listen(self, nursery: trio.Nursery) -> Ending | ComeBack:
        while True:
            received = await self._connection.receive()
            self._voice.note_message()
            try:
                if self._voice.absorb(received):
                    continue
                message = codec.decode_from_server(received)
            except ProtocolError as error:
                if error.code not in ("bad_audio", "bad_ack"):
                    raise
                log.warning("ignored from the server: %s", error)
                continue
            match message:
                case Bundle():
                    await self._voice.hear(message)
                case Ack():
                    pass  # it was taken
                case e.Joined():
                    await self._begin_stay(message, nursery)
                case e.KnockAnswered():
                    await self._hear_answer(message)
                case e.Refused(command="knock", code=code, text=text):
                    await self._end_knocking(code, text)
                case e.Refused(command="enter_room"):
                    if (refusal := await self._refuse_stay(message)) is not None:
                        return refusal
                case e.RoomLeft():
                    await self._end_stay(message)
                case e.Goodbye(code=code, text=text):
                    await self._news.send(LinkNews(self._stays.number, message))
                    if message.retry:
                        return ComeBack(ASKED_BACK, elsewhere=message.elsewhere)
                    return Ending(code, text)
                case e.OtherServers(addresses=addresses):
                    self._note_others(addresses)
                case e.ServersApart():
                    self._apart = message
                    await self._tell_of_room(message)
                case e.Challenge() | e.Welcome():
                    raise ProtocolError("bad_message", "one is known already")
                case codec.UnknownEvent(event=name):
                    log.info("the server is newer: unknown event %s", name)
                case e.Done() | e.Refused() | e.RoomsListed() | e.DeskEvent():
                    await self._news.send(LinkNews(0, message))
                case _:
                    if self._stays.wanted is not None:
                        self._stays.wanted.see(message)
                    await self._tell_of_room(message)

    async def _hear_bundle(self, bundle: Bundle) -> bool:
        """Tell a bundle, by whichever way it came; whether it was one for this visit."""
        if bundle.visit != self._stays.visit:
            return False  # of a room that was left
        if bundle.visit != HOME:
            return await self._tell_of_room(bundle)
        if self._echoes:
            await self._news.send(LinkNews(0, bundle))
        return self._echoes

    async def _tell_of_room(self, what: e.ServerMessage | Bundle) -> bool:
        """Tell what belongs to the room that one is in; return False if one is in none."""
        stay = self._stays.current
        if stay is None:
            return False
        await self._news.send(LinkNews(stay.number, what))
        return True

    async def _begin_stay(self, joined: e.Joined, nursery: trio.Nursery) -> None:
        stays = self._stays
        stay = stays.go_on(joined) if joined.moved else stays.begin_stay(joined)
        if stay is None:
            return
        self._voice.begin_visit(joined.udp, nursery, wanted=stay.enter.udp)
        await self._arrive()
        await self._news.send(LinkNews(stay.number, replace(joined, udp=None)))
        if self._apart.apart:
            await self._news.send(LinkNews(stay.number, self._apart))

    async def _refuse_stay(self, refused: e.Refused) -> ComeBack | None:
        stay = self._stays.take_answer()
        if stay is None:
            return None
        if refused.code in COME_AGAIN:
            return come_back(refused.text, refused.retry_after)
        if refused.code == "knock_needed":
            await self._knock(stay, refused.text)
            return None
        self._stays.want_none()
        await self._news.send(LinkNews(stay.number, refused))
        return None

    # At a door.

    async def _knock(self, stay: RoomStay, why: str) -> None:
        """Wait at the room's door: who is let in then enters by itself."""
        if (knock := self._stays.knock()) is None:
            return
        self.arrived_at = self._clock()
        self.say(knock)
        text = f"you wait at the door of {stay.address.room} until a host answers ({why})"
        await self._news.send(LinkNews(stay.number, Connection(state="knocking", text=text)))

    async def _hear_answer(self, answer: e.KnockAnswered) -> None:
        stay = self._stays.knocking
        if stay is None or stay.address.room != answer.room:
            return
        if answer.answer == "let_in":
            stay.knocks = False
            self.ask_in()
        else:
            code = "turned_away" if answer.answer == "refused" else "no_knocking"
            await self._end_knocking(code, answer.text)

    async def _end_knocking(self, code: str, text: str) -> None:
        stay = self._stays.knocking
        if stay is None:
            return
        stay.knocks = False
        self._stays.want_none()
        refused = e.Refused(command="enter_room", code=code, text=text)
        await self._news.send(LinkNews(stay.number, refused))

    async def _end_stay(self, left: e.RoomLeft) -> None:
        stay = self._stays.end_stay()
        if stay is None:
            return
        self.fall_silent()
        await self._news.send(LinkNews(stay, left))
