"""Tests of the link with a scripted server: how it comes back, and when it does not."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
import trio
import trio.lowlevel
import trio.testing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.engine.dialogue import LinkNews
from roomcli.engine.ending import Ending
from roomcli.engine.keys import PersonalKey
from roomcli.engine.link import MAX_NEWS, ServerConnection
from roomcli.errors import ConnectionFailed, ConnectionLost
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import Ack, Bundle, BundleEntry, Flags, UplinkFrame
from roomcli.protocol.local import Connection, Enter
from roomcli.protocol.people import Person
from roomcli.protocol.view import RoomView
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import Heartbeat
from roomcli.wire.stream import OutboundStream

from ...support.patience import PATIENCE, limits, widened
from ...support.seats import by_id, someone, speaker
from ...support.upgrading import accept_client

LIMITS = limits(
    "roomcli.wire.heartbeat.TIMEOUT",
    "roomcli.wire.dial.CONNECT_SECONDS",
    "roomcli.wire.opening.OPENING_SECONDS",
    "roomcli.engine.dialogue.ANSWER_SECONDS",
    "roomcli.engine.stays.ANSWER_SECONDS",
)
"""After which a link gives up a server that says nothing: a scripted one says little."""
TICKET = "a-secret-ticket"
VISIT = 7
"""The number of each visit here."""
ANN, BEN = someone("me", "Ann"), someone("ben", "Ben")
ROOM = RoomView(
    "standup",
    "me",
    stage={
        "me": speaker(ANN, "speaker", 0, 0),
        "ben": speaker(BEN, "host", 1, 0, muted=False),
    },
    me=ANN.id,
    people=by_id(ANN, BEN),
)


def joined(**fields: Any) -> e.Joined:
    """Make the server's answer to a hello."""
    right: dict[str, Any] = {"room": "standup", "you": "me", "view": ROOM}
    right |= {"server_time": 1.0, "ticket": TICKET, "visit": VISIT}
    return e.Joined(**(right | fields))


class Visitor:
    """A connection of an engine, as the server's script sees it."""

    def __init__(self, connection: WebSocket) -> None:
        self.connection = connection
        self.got: list[c.ClientMessage | UplinkFrame | Ack] = []
        self.hello: c.Hello
        self.wish: c.EnterRoom
        self.closed = ""

    def send(self, *messages: e.Event | Bundle | bytes) -> None:
        for message in messages:
            if isinstance(message, Bundle):
                self.connection.send(replace(message, visit=VISIT).encode())
            elif isinstance(message, bytes):
                self.connection.send(message)
            else:
                self.connection.send(codec.encode(message))

    async def read(self) -> c.ClientMessage | UplinkFrame | Ack:
        message = codec.decode_from_client(await self.connection.receive())
        self.got.append(message)
        return message

    async def until(self, kind: Any) -> Any:
        """Read until a message of this kind comes, and return it."""
        while True:
            message = await self.read()
            if isinstance(message, kind):
                return message

    async def greet(self, answer: e.Event | None = None) -> None:
        """Read hello and wish, and answer: by default the engine is let in."""
        await self.ask_in()
        self.send(joined() if answer is None else answer)

    async def ask_in(self) -> None:
        """Send the challenge, and welcome the engine that wants to enter a room."""
        self.send(e.Challenge(nonce=b"n" * 32))
        self.hello = await self.until(c.Hello)
        self.wish = await self.until(c.EnterRoom)
        self.send(e.Welcome(you=Person("", self.hello.name), server_time=1.0))

    async def stay(self) -> None:
        """Acknowledge until the engine leaves."""
        heartbeat = Heartbeat(trio.current_time())
        with contextlib.suppress(ConnectionLost):
            while True:
                message = await self.read()
                if isinstance(message, Ack):
                    now = trio.current_time()
                    heartbeat.received(message, now)
                    self.send(heartbeat.ack(0, now, VISIT).encode())

    async def to_the_end(self) -> None:
        """Read until the engine has closed the connection, and keep the reason."""
        try:
            while True:
                await self.read()
        except ConnectionLost as lost:
            self.closed = str(lost)


Script = Callable[[Visitor], Awaitable[None]]


class ScriptedServer:
    """Serves the n-th connection with the n-th script, and all later ones with the last script."""

    def __init__(
        self, nursery: trio.Nursery, address: Address, scripts: tuple[Script, ...]
    ) -> None:
        self._nursery = nursery
        self._scripts = scripts
        self.visitors: list[Visitor] = []
        self.address = address

    def stay(self, *, udp: bool = True) -> Stay:
        """Start a link to this server, which runs until the test is over."""
        stay = Stay(self, udp=udp)
        self._nursery.start_soon(stay.run)
        return stay

    async def serve(self, listener: trio.SocketListener) -> None:
        while True:
            stream = await listener.accept()
            self._nursery.start_soon(self._serve, stream)

    async def _serve(self, tcp: trio.SocketStream) -> None:
        raw = socket.socket(fileno=tcp.socket.detach())
        async with trio.open_nursery() as nursery:
            stream = OutboundStream(raw, nursery, voice_max_age=5.0)
            try:
                with contextlib.suppress(ConnectionFailed, ConnectionLost):
                    visitor = Visitor(await accept_client(stream))
                    self.visitors.append(visitor)
                    which = min(len(self.visitors), len(self._scripts)) - 1
                    await self._scripts[which](visitor)
                    await visitor.connection.aclose()
            finally:
                stream.cut("over")
                nursery.cancel_scope.cancel()


@contextlib.asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[ScriptedServer]:
    """Run a server that follows the scripts."""
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    address = Address("127.0.0.1", port, False, "standup", invite="a-secret-invite")
    with trio.fail_after(PATIENCE), widened(LIMITS):
        async with listener, trio.open_nursery() as nursery:
            server = ScriptedServer(nursery, address, scripts)
            nursery.start_soon(server.serve, listener)
            yield server
            nursery.cancel_scope.cancel()


class Side:
    """Collects what the link tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.reads = trio.Event()
        """Cleared, nothing is received from the link."""
        self.reads.set()
        self._news = trio.Event()

    async def follow(self, news: trio.MemoryReceiveChannel[LinkNews]) -> None:
        while True:
            await self.reads.wait()
            try:
                self.told.append((await news.receive()).what)
            except trio.EndOfChannel:
                return
            self._news.set()
            self._news = trio.Event()

    async def until(self, kind: Any, count: int = 1) -> Any:
        """Wait for the count-th message of a kind, and return it."""
        while len(found := self.all(kind)) < count:
            await self._news.wait()
        return found[count - 1]

    def all(self, kind: Any) -> list[Any]:
        return [each for each in self.told if isinstance(each, kind)]

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.all(Connection)]


class Stay:
    """A running link."""

    def __init__(self, server: ScriptedServer, *, udp: bool = True) -> None:
        self._udp = udp
        self.side = Side()
        self._server = server
        key = PersonalKey(Ed25519PrivateKey.generate())
        self.ahead = 0.0
        """Seconds by which the link's clock is ahead."""
        self.link = ServerConnection(server.address, "Ann", "", key, clock=self.clock)
        self.stay = 0
        self.enter()

    def enter(self) -> None:
        """Enter the room again."""
        url = str(self._server.address)
        enter = Enter(url=url, name="Ann", password="sesame", udp=self._udp)
        self.stay = self.link.enter(self._server.address, enter)

    def clock(self) -> float:
        return trio.current_time() + self.ahead

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.link.run)
            nursery.start_soon(self.side.follow, self.link.news)

    async def to_the_end(self) -> Ending:
        """Wait for the link's last news, and return it."""
        ending: Ending = await self.side.until(Ending)
        assert self.side.told[-1] == ending
        return ending


async def welcome(visitor: Visitor) -> None:
    await visitor.greet()
    await visitor.stay()


async def vanish(visitor: Visitor) -> None:
    """Let the engine in, then cut the connection without a goodbye."""
    await visitor.greet()
    await visitor.until(Ack)
    visitor.connection.stream.cut("gone")


def then(*messages: e.Event | Bundle | bytes) -> Script:
    """Return a script that lets the engine in, sends messages, and stays."""

    async def script(visitor: Visitor) -> None:
        await visitor.greet()
        visitor.send(*messages)
        await visitor.stay()

    return script


async def test_a_lost_connection_comes_back_by_its_ticket() -> None:
    async with scripted(vanish, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
        assert stay.side.states == ["connected", "reconnecting", "connected"]
        first, second = (visitor.wish for visitor in server.visitors)
        assert (first.ticket, second.ticket) == (None, TICKET)
        assert first.invite == "a-secret-invite"


async def test_who_is_sent_elsewhere_goes_on_there_with_the_ticket() -> None:
    async with scripted(welcome) as two:

        async def send_elsewhere(visitor: Visitor) -> None:
            await visitor.greet()
            visitor.send(e.OtherServers(addresses=(two.address.server,)))
            visitor.send(e.Goodbye(code="server_closing", text="", retry=True, elsewhere=True))

        async with scripted(send_elsewhere) as one:
            stay = one.stay()
            await stay.side.until(e.Joined, 2)
            (visitor,) = two.visitors
            assert visitor.wish.ticket == TICKET
            assert visitor.hello.authority == two.address.authority
            assert len(one.visitors) == 1


async def test_a_server_that_says_nothing_is_left_for_another(
    monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> None:
    async def at_home(visitor: Visitor) -> None:
        visitor.send(e.Challenge(nonce=b"n" * 32))
        hello = await visitor.until(c.Hello)
        visitor.send(e.Welcome(you=Person("", hello.name), server_time=1.0))
        await visitor.stay()

    monkeypatch.setattr("roomcli.engine.link.TRY_SECONDS", 0.1)
    (silent,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with silent, scripted(at_home) as other:
        address = Address("127.0.0.1", silent.socket.getsockname()[1], False)
        link = ServerConnection(address, "Ann", "", PersonalKey(Ed25519PrivateKey.generate()))
        link._addresses.note_others([other.address.server])
        side = Side()
        nursery.start_soon(link.run)
        nursery.start_soon(side.follow, link.news)
        await side.until(e.Welcome)
        nursery.cancel_scope.cancel()


async def test_without_a_ticket_one_comes_back_as_new() -> None:
    async def no_ticket(visitor: Visitor) -> None:
        await visitor.greet(joined(ticket=None))
        visitor.connection.stream.cut("gone")

    async with scripted(no_ticket, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
        assert server.visitors[1].wish.ticket is None


@pytest.mark.parametrize("code", ["superseded", "removed", "ended", "something new"])
async def test_a_goodbye_for_good_is_the_end(code: str) -> None:
    goodbye = e.Goodbye(code=code, text="so \x1b[31mlong")
    async with scripted(then(goodbye)) as server:
        stay = server.stay()
        assert await stay.to_the_end() == Ending(code, "so long")
        assert len(server.visitors) == 1


async def test_a_goodbye_until_later_is_not() -> None:
    goodbye = e.Goodbye(code="something new", text="back soon", retry=True)
    async with scripted(then(goodbye), welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)


@pytest.mark.parametrize(
    "answer",
    [
        e.Refused(command="enter_room", code="locked", text="nobody new"),
        e.Refused(command="hello", code="locked", text="nobody new"),
        e.Goodbye(code="locked", text="nobody new"),
    ],
)
@pytest.mark.parametrize("before", [(), (vanish,)])
async def test_who_is_not_let_in_does_not_try_again(
    answer: e.Event, before: tuple[Script, ...]
) -> None:
    async def locked(visitor: Visitor) -> None:
        visitor.send(e.Challenge(nonce=b"n" * 32))
        await visitor.until(c.Hello)
        visitor.send(answer)
        await visitor.to_the_end()

    async with scripted(*before, locked) as server:
        stay = server.stay()
        assert await stay.to_the_end() == Ending("locked", "nobody new", refused=True)
        assert len(server.visitors) == len(before) + 1


@pytest.mark.parametrize("before", [(), (vanish,)])
async def test_whom_a_room_refuses_stays_connected_and_does_not_try_again(
    before: tuple[Script, ...],
) -> None:
    refused = e.Refused(command="enter_room", code="locked", text="nobody new")

    async def locked(visitor: Visitor) -> None:
        await visitor.greet(refused)
        await visitor.until(Ack)
        await visitor.until(c.EnterRoom)
        visitor.send(joined())
        await visitor.stay()

    async with scripted(*before, locked) as server:
        stay = server.stay()
        assert await stay.side.until(e.Refused) == refused
        stay.enter()
        await stay.side.until(e.Joined, len(before) + 1)
        assert len(server.visitors) == len(before) + 1


NEEDED = e.Refused(
    command="enter_room", code="knock_needed", text="knock, and a host may let you in"
)


async def test_who_is_let_in_after_a_knock_enters_by_itself() -> None:
    async def let_in(visitor: Visitor) -> None:
        await visitor.greet(NEEDED)
        knock = await visitor.until(c.Knock)
        assert (knock.room, knock.invite, knock.on) == ("standup", "a-secret-invite", True)
        elsewhere = e.KnockAnswered(room="other", answer="refused", text="not there")
        yes = e.KnockAnswered(room="standup", answer="let_in", text="come in", until=9.0)
        visitor.send(elsewhere, yes)
        wish = await visitor.until(c.EnterRoom)
        assert wish == visitor.wish
        visitor.send(joined())
        await visitor.stay()

    async with scripted(let_in) as server:
        stay = server.stay()
        await stay.side.until(e.Joined)
        assert stay.side.states == ["knocking", "connected"]
        assert "you wait at the door of standup" in stay.side.all(Connection)[0].text


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (e.KnockAnswered(room="standup", answer="refused", text="why"), "turned_away"),
        (e.KnockAnswered(room="standup", answer="over", text="why"), "no_knocking"),
        (e.Refused(command="knock", code="door_full", text="why"), "door_full"),
    ],
)
async def test_who_is_not_let_in_after_a_knock_is_told_why(answer: e.Event, code: str) -> None:
    async def refuse(visitor: Visitor) -> None:
        await visitor.greet(NEEDED)
        await visitor.until(c.Knock)
        visitor.send(answer, answer)
        await visitor.stay()

    async with scripted(refuse) as server:
        stay = server.stay()
        refused = await stay.side.until(e.Refused)
        assert (refused.command, refused.code, refused.text) == ("enter_room", code, "why")
        assert stay.side.all(Ending) == []


@pytest.mark.parametrize("way", ["leave", "enter"])
async def test_who_goes_from_the_door_knocks_no_longer(way: str) -> None:
    over = trio.Event()

    async def wait(visitor: Visitor) -> None:
        await visitor.greet(NEEDED)
        await visitor.until(c.Knock)
        knock = await visitor.until(c.Knock)
        assert (knock.room, knock.on) == ("standup", False)
        over.set()
        await visitor.stay()

    async with scripted(wait) as server:
        stay = server.stay()
        await stay.side.until(Connection)
        if way == "leave":
            assert not stay.link.leave(), "no room_left comes"
        else:
            stay.enter()
        await over.wait()


async def test_who_loses_the_connection_at_the_door_comes_back_and_knocks_again() -> None:
    knocked = trio.Event()

    async def lose(visitor: Visitor) -> None:
        await visitor.greet(NEEDED)
        await visitor.until(c.Knock)
        visitor.connection.stream.cut("gone")

    async def again(visitor: Visitor) -> None:
        await visitor.greet(NEEDED)
        await visitor.until(c.Knock)
        knocked.set()
        await visitor.stay()

    async with scripted(lose, again) as server:
        server.stay()
        await knocked.wait()


async def test_the_password_is_shown_at_every_door() -> None:
    async with scripted(vanish, welcome) as server:
        await server.stay().side.until(e.Joined, 2)
        assert [visitor.wish.password for visitor in server.visitors] == ["sesame"] * 2


async def test_who_falls_behind_loses_no_news_and_acknowledges_no_voice() -> None:
    voice = [BundleEntry(1, 0, 1, 960, Flags.NONE, -20, b"voice")]
    bundles = [Bundle(number, tuple(voice)) for number in range(1, 10 * MAX_NEWS)]
    acks: list[int] = []

    async def flood(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.until(c.RaiseHand)
        visitor.send(*bundles, e.HostPresent())
        while not acks or acks[-1] < bundles[-1].media_time:
            acks.append((await visitor.until(Ack)).media_time)
            if len(acks) == 3:
                stay.side.reads.set()

    async with scripted(flood) as server:
        stay = server.stay()
        await stay.side.until(e.Joined)
        stay.side.reads = trio.Event()
        stay.link.send(c.RaiseHand())
        await stay.side.until(e.HostPresent)
        assert stay.side.all(Bundle) == [replace(each, visit=VISIT) for each in bundles]
        assert stay.side.told[-1] == e.HostPresent()
    assert max(acks[:3]) <= MAX_NEWS + 1, "what waits here has not been heard"


async def test_a_queue_on_the_way_to_the_server_is_seen_in_its_answers() -> None:
    async def late(visitor: Visitor) -> None:
        await visitor.greet()
        clock = Heartbeat(trio.current_time())
        for queueing in (0.0, 0.0, 5.0):
            came = trio.current_time() + queueing
            clock.received(await visitor.until(Ack), came)
            visitor.send(clock.ack(0, came, VISIT).encode())
        visitor.send(e.HostPresent())
        await visitor.to_the_end()

    with mock.patch("roomcli.wire.heartbeat.INTERVAL", 0.01):
        async with scripted(late) as server:
            stay = server.stay()
            assert stay.link.uplink_load is None
            await stay.side.until(e.HostPresent)
            load = stay.link.uplink_load
            assert load is not None
            assert 4.0 < load.queueing < 5.0 + PATIENCE
            assert (load.waiting, load.dropped) == (0.0, 0)
            # What nobody acknowledges is no longer sent, and counted.
            for number in range(60):
                stay.link.send_voice(UplinkFrame(number, number * 48_000, Flags.NONE, -20, b"v"))
            load = stay.link.uplink_load
            assert load is not None
            assert load.dropped > 50
