"""The link against a scripted server on loopback: what it says, believes and survives."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgpack
import pytest
import trio
import trio.lowlevel
import trio.testing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.engine import link as link_module
from roomcli.engine.backoff import Backoff
from roomcli.engine.keys import PersonalKey
from roomcli.engine.link import Ending, Link
from roomcli.errors import ConnectionFailed, ConnectionLost
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import Ack, Bundle, Entry, Flags, UplinkFrame
from roomcli.protocol.local import Connection as ConnectionEvent
from roomcli.protocol.local import Enter
from roomcli.protocol.people import Person, Speaker
from roomcli.protocol.room import RoomView
from roomcli.wire.connection import Connection, accept
from roomcli.wire.heartbeat import Heartbeat
from roomcli.wire.stream import OutboundStream

PATIENCE = 15.0
TICKET = "a-secret-ticket"
ROOM = RoomView(
    "standup",
    "me",
    stage={
        "me": Speaker(Person("me", "Ann"), "speaker", 0, 0),
        "ben": Speaker(Person("ben", "Ben"), "host", 1, 0, muted=False),
    },
)


def joined(**fields: Any) -> e.Joined:
    """The answer to a hello."""
    right: dict[str, Any] = {"room": "standup", "you": "me", "view": ROOM}
    right |= {"server_time": 1.0, "ticket": TICKET}
    return e.Joined(**(right | fields))


class Visitor:
    """One connection of an engine, as the server's script sees it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.got: list[c.ClientMessage | UplinkFrame | Ack] = []
        self.hello: c.Hello
        self.closed = ""

    def send(self, *messages: e.Event | Bundle | bytes) -> None:
        for message in messages:
            if isinstance(message, Bundle):
                self.connection.send(message.encode())
            elif isinstance(message, bytes):
                self.connection.send(message)
            else:
                self.connection.send(codec.encode(message))

    async def read(self) -> c.ClientMessage | UplinkFrame | Ack:
        message = codec.decode_from_client(await self.connection.receive())
        self.got.append(message)
        return message

    async def until(self, kind: Any) -> Any:
        """Read until such a message comes."""
        while True:
            message = await self.read()
            if isinstance(message, kind):
                return message

    async def greet(self, answer: e.Event | None = None) -> None:
        """Challenge, and let in or not."""
        self.send(e.Challenge(nonce=b"n" * 32))
        self.hello = await self.until(c.Hello)
        self.send(joined() if answer is None else answer)

    async def stay(self) -> None:
        """Acknowledge until the engine goes."""
        heartbeat = Heartbeat(trio.current_time())
        with contextlib.suppress(ConnectionLost):
            while True:
                message = await self.read()
                if isinstance(message, Ack):
                    now = trio.current_time()
                    heartbeat.received(message, now)
                    self.send(heartbeat.ack(0, now).encode())

    async def to_the_end(self) -> None:
        """Read until the engine has closed, and note why."""
        try:
            while True:
                await self.read()
        except ConnectionLost as lost:
            self.closed = str(lost)


Script = Callable[[Visitor], Awaitable[None]]


class ScriptedServer:
    """Serves the n-th connection by the n-th script, all later ones by the last."""

    def __init__(
        self, nursery: trio.Nursery, address: Address, scripts: tuple[Script, ...]
    ) -> None:
        self._nursery = nursery
        self._scripts = scripts
        self.visitors: list[Visitor] = []
        self.address = address

    def stay(self) -> Stay:
        """A link to here, until the test is over."""
        stay = Stay(self)
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
                    visitor = Visitor(await accept(nursery, stream))
                    self.visitors.append(visitor)
                    which = min(len(self.visitors), len(self._scripts)) - 1
                    await self._scripts[which](visitor)
                    await visitor.connection.aclose()
            finally:
                stream.cut("over")
                nursery.cancel_scope.cancel()


@contextlib.asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[ScriptedServer]:
    """A server that does as the scripts say."""
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    address = Address("127.0.0.1", port, False, "standup", invite="a-secret-invite")
    with trio.fail_after(PATIENCE):
        async with listener, trio.open_nursery() as nursery:
            server = ScriptedServer(nursery, address, scripts)
            nursery.start_soon(server.serve, listener)
            yield server
            nursery.cancel_scope.cancel()


class Side:
    """What the link tells; and a way to wait for it."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._news = trio.Event()

    def _note(self, what: Any) -> None:
        self.told.append(what)
        self._news.set()
        self._news = trio.Event()

    on_joined = on_event = on_bundle = on_connection = _note

    async def until(self, kind: Any, count: int = 1) -> Any:
        """Wait for the count-th of a kind."""
        while len(found := self.all(kind)) < count:
            await self._news.wait()
        return found[count - 1]

    def all(self, kind: Any) -> list[Any]:
        return [each for each in self.told if isinstance(each, kind)]

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.all(ConnectionEvent)]


class Stay:
    """A link that runs."""

    def __init__(self, server: ScriptedServer) -> None:
        self.side = Side()
        key = PersonalKey(Ed25519PrivateKey.generate())
        enter = Enter(url=str(server.address), name="Ann")
        self.link = Link(server.address, enter, key, self.side)
        self.ending: Ending | ConnectionFailed | None = None
        self.ended = trio.Event()

    async def run(self) -> None:
        try:
            self.ending = await self.link.run()
        except ConnectionFailed as error:
            self.ending = error
        self.ended.set()

    async def to_the_end(self) -> Ending | ConnectionFailed:
        await self.ended.wait()
        assert self.ending is not None
        return self.ending


async def welcome(visitor: Visitor) -> None:
    await visitor.greet()
    await visitor.stay()


async def vanish(visitor: Visitor) -> None:
    """Let in, then break the connection without a word."""
    await visitor.greet()
    await visitor.until(Ack)
    visitor.connection.stream.cut("gone")


def then(*messages: e.Event | Bundle | bytes) -> Script:
    """Let in, say this, and stay."""

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
        first, second = (visitor.hello for visitor in server.visitors)
        assert (first.ticket, second.ticket) == (None, TICKET)
        assert first.invite == "a-secret-invite"


async def test_a_success_begins_the_pauses_anew() -> None:
    async with scripted(vanish) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 8)
        pauses = [event.retry_in for event in stay.side.all(ConnectionEvent) if event.retry_in]
        assert max(pauses, default=0) <= 0.2


async def test_without_a_ticket_one_comes_back_as_new() -> None:
    async def no_ticket(visitor: Visitor) -> None:
        await visitor.greet(joined(ticket=None))
        visitor.connection.stream.cut("gone")

    async with scripted(no_ticket, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
        assert server.visitors[1].hello.ticket is None


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
        e.Refused(command="hello", code="locked", text="nobody new"),
        e.Goodbye(code="locked", text="nobody new"),
    ],
)
@pytest.mark.parametrize("before", [(), (vanish,)])
async def test_who_is_not_let_in_does_not_try_again(
    answer: e.Event, before: tuple[Script, ...]
) -> None:
    async def locked(visitor: Visitor) -> None:
        await visitor.greet(answer)
        await visitor.to_the_end()

    async with scripted(*before, locked) as server:
        stay = server.stay()
        assert await stay.to_the_end() == Ending("locked", "nobody new", refused=True)
        assert len(server.visitors) == len(before) + 1


async def hangs_up(visitor: Visitor) -> None:
    pass


async def no_challenge(visitor: Visitor) -> None:
    visitor.send(joined())
    await visitor.to_the_end()


async def says_nonsense(visitor: Visitor) -> None:
    visitor.send(b"\x00\xc1")
    await visitor.to_the_end()


async def two_people(visitor: Visitor) -> None:
    await visitor.greet(joined(you="somebody else"))
    await visitor.to_the_end()


async def too_long(visitor: Visitor) -> None:
    visitor.send(bytes(300_000))
    await visitor.to_the_end()


@pytest.mark.parametrize("script", [hangs_up, no_challenge, says_nonsense, two_people, too_long])
async def test_a_first_connection_that_makes_no_sense_is_a_failure(script: Script) -> None:
    async with scripted(script) as server:
        stay = server.stay()
        assert isinstance(await stay.to_the_end(), ConnectionFailed)
        assert not stay.side.all(e.Joined)


def control(**fields: Any) -> bytes:
    return b"\x00" + bytes(msgpack.packb(fields))


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00\xc1",
        b"\x07 of another kind",
        control(event="muted"),
        control(event="muted", id=7),
        control(event="pulse", audience=-1),
        control(event="pulse", audience=0, reactions={str(n): 1 for n in range(2000)}),
        codec.encode(joined(ticket="another-secret")),
        codec.encode(e.Challenge(nonce=b"m" * 32)),
    ],
)
async def test_an_event_that_makes_no_sense_ends_the_connection_not_the_stay(
    nonsense: bytes,
) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.greet()
        visitor.send(nonsense, e.HostPresent())
        await visitor.to_the_end()

    async with scripted(script, script, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 3)
        assert not stay.side.all(e.HostPresent), "nothing after it is believed"
        assert not stay.side.all(e.Challenge)
        assert {each.ticket for each in stay.side.all(e.Joined)} == {TICKET}


async def test_a_server_that_never_makes_sense_is_not_hurried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[float] = []

    def counted(now: float) -> Backoff:
        made.append(now)
        return Backoff(now)

    monkeypatch.setattr(link_module, "Backoff", counted)
    async with scripted(then(b"\x00\xc1")) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 4)
        assert len(made) == 1, "one row of pauses, each longer than the last"


async def test_what_may_be_ignored_is() -> None:
    entry = Entry(1, 0, 1, 960, Flags.NONE, 20, b"voice")
    async with scripted(
        then(
            b"\x01",
            b"\x01" + bytes(9) + b"half an entry",
            b"\x02short",
            Ack(1 << 62, (1 << 64) - 1, (1 << 64) - 1, 0xFFFFFFFF).encode(),
            control(event="of_a_newer_server", x=[1]),
            control(event="host_present", more="fields"),
            Bundle(5, (entry,)),
        )
    ) as server:
        stay = server.stay()
        assert await stay.side.until(Bundle) == Bundle(5, (entry,))
        assert stay.side.all(e.HostPresent)
        await trio.lowlevel.checkpoint()
        assert stay.side.states == ["connected"]


async def test_the_first_frame_of_each_connection_begins_anew() -> None:
    async def listen(visitor: Visitor) -> None:
        await visitor.greet()
        for _ in range(2):
            await visitor.until(UplinkFrame)
        visitor.connection.stream.cut("gone")

    async with scripted(listen) as server:
        stay = server.stay()
        for connection in (1, 2):
            await stay.side.until(e.Joined, connection)
            for number in (1, 2):
                frame = UplinkFrame(number, number * 960, Flags.NONE, 20, b"voice")
                stay.link.send_voice(frame)
            await stay.side.until(ConnectionEvent, 2 * connection)
        flags = [
            [each.flags for each in visitor.got if isinstance(each, UplinkFrame)]
            for visitor in server.visitors[:2]
        ]
        assert flags == [[Flags.START | Flags.DISCONTINUITY, Flags.NONE]] * 2
        stay.link.send_voice(UplinkFrame(9, 9 * 960, Flags.NONE, 20, b"to nobody"))
        assert not stay.link.send(c.RaiseHand())


async def test_voice_stops_when_the_server_is_behind_and_then_says_so() -> None:
    read = trio.Event()

    async def behind(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.until(c.RaiseHand)
        read.set()
        await visitor.stay()

    async with scripted(behind) as server:
        stay = server.stay()
        await stay.side.until(e.Joined)

        def say(number: int, flags: Flags = Flags.NONE) -> None:
            stay.link.send_voice(UplinkFrame(number, number * 960, flags, 20, b"voice"))

        for number in range(100):
            say(number)
        say(500, Flags.DISCONTINUITY)  # a new device: its numbers are no reason to wait
        stay.link.send(c.RaiseHand())
        await read.wait()
        heard = [each for each in server.visitors[0].got if isinstance(each, UplinkFrame)]
        assert len(heard) == 38 + 1, "0.75 s, and no round trip is known yet"
        assert (heard[-1].sequence, heard[-1].flags) == (500, Flags.START | Flags.DISCONTINUITY)


async def test_a_server_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcli.wire.heartbeat.TIMEOUT", 0.6)

    async def silent(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.to_the_end()

    async with scripted(silent, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
        lost = stay.side.all(ConnectionEvent)[1]
        assert (lost.state, lost.text) == ("reconnecting", "the server fell silent")


class Patient:
    """In place of the backoff: waits for ever."""

    def __init__(self, now: float) -> None:
        pass

    def pause(self, now: float) -> float:
        return 3600.0


async def test_a_machine_that_wakes_up_connects_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "Backoff", Patient)
    monkeypatch.setattr(link_module, "HELLO_SECONDS", 3600.0)
    reached = trio.Event()

    async def hangs(visitor: Visitor) -> None:
        visitor.send(e.Challenge(nonce=b"n" * 32))
        await visitor.until(c.Hello)
        reached.set()
        await visitor.to_the_end()

    async with scripted(vanish, hangs, welcome, welcome) as server:
        stay = server.stay()
        await stay.side.until(ConnectionEvent, 2)
        await trio.testing.wait_all_tasks_blocked()
        stay.link.reconnect_now("slept")  # during a pause
        await reached.wait()
        stay.link.reconnect_now("slept")  # during an attempt
        await stay.side.until(e.Joined, 2)
        stay.link.reconnect_now("slept")  # in the room
        await stay.side.until(e.Joined, 3)


@pytest.mark.parametrize("moment", ["connecting", "hello", "room", "pause"])
async def test_a_cancelled_link_leaves_nothing_open(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "Backoff", Patient)
    reached, left = trio.Event(), trio.Event()

    async def script(visitor: Visitor) -> None:
        if moment != "hello":
            await visitor.greet()
        if moment == "pause":
            visitor.connection.stream.cut("gone")
            return
        reached.set()
        await visitor.to_the_end()
        left.set()

    async with scripted(script) as server:
        stay = Stay(server)
        async with trio.open_nursery() as inner:
            inner.start_soon(stay.run)
            if moment == "pause":
                await stay.side.until(ConnectionEvent, 2)
            elif moment != "connecting":
                await reached.wait()
            inner.cancel_scope.cancel()
        if moment in ("hello", "room"):
            await left.wait()
        assert not stay.link.send(c.RaiseHand())


async def test_secrets_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bad = {"event": "joined", "ticket": "a-secret-ticket", "invite": "a-secret-invite", "you": 7}
    async with scripted(then(control(**bad)), welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("trio-websocket")]
    assert ours
    assert "secret" not in json.dumps(ours)
