"""A server in the test's own process on a loopback port, and a small client on ``roomcli.wire``."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace as replace_field

from roomcli.errors import ConnectionLost
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import HOME, Ack, Bundle, Flags, UplinkFrame
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.handshake import signed_bytes
from roomcli.protocol.view import RoomView
from roomcli.wire.connection import WebSocket
from roomcli.wire.dial import dial
from roomcli.wire.heartbeat import Heartbeat
from server.calendar.desk import CalendarDesk
from server.clock import Clock
from server.datagrams.opening import DatagramPlaces, open_datagram_port
from server.desk_list import OpenedDesks, open_desks
from server.limits import ConnectionLimits, ServerLimits
from server.people.claims.configuration import ClaimsConfiguration
from server.public.accepting import open_port
from server.public.authority import own_names
from server.public.certificate import Certificates
from server.public.gate import Gate
from server.public.listener import Listener
from server.public.proxies import TrustedProxies
from server.public.routes import Route, Routes
from server.public.site import site_routes
from server.rooms.hub import Hub
from server.rooms.invites import kept_seal
from server.rooms.near_voice import NearRoomVoice
from server.rooms.peer import Peer
from server.rooms.reception import Reception
from server.rooms.room import Room
from server.rooms.rules import DEFAULT_LIMITS
from server.store import Store, postgres
from server.store.sqlite import open_store

from .memory_store import memory_store
from .patience import PATIENCE, limits, widened

LIMITS = limits(
    "roomcli.wire.dial.CONNECT_SECONDS",
    "roomcli.wire.opening.OPENING_SECONDS",
)
"""After which a client gives up a server: a test says little."""

Received = e.ServerMessage | codec.UnknownEvent | Bundle | Ack


def carrier_of(room: Room | None) -> NearRoomVoice:
    """Return what carries the voice of a room of a server in this process."""
    assert room is not None
    assert isinstance(room.voice, NearRoomVoice)
    return room.voice


def peers_of(room: Room | None) -> dict[str, Peer]:
    """Return those in a room of a server in this process, by their seats."""
    return {each.id: each for each in carrier_of(room).peers()}


def patient_limits(**connections: Any) -> ServerLimits:
    """Limits of a server that gives nobody up who says nothing, but for what is given."""
    patient = ConnectionLimits(
        opening_seconds=PATIENCE,
        hello_seconds=PATIENCE,
        answer_seconds=PATIENCE,
        idle_seconds=PATIENCE,
    )
    return ServerLimits(connections=replace_field(patient, **connections))


class Turned(Exception):
    """The server refused a hello, or a room its visitor; holds the refusal."""

    def __init__(self, refused: e.Refused) -> None:
        super().__init__(refused.code, refused.text)
        self.refused, self.code = refused, refused.code


class Client:
    """A connection to a server that reads only when the test asks it to."""

    def __init__(
        self, connection: WebSocket, certificate: bytes, address: Address, key: Ed25519PrivateKey
    ) -> None:
        self.connection, self.certificate = connection, certificate
        self.address, self.key = address, key
        self.began = trio.current_time()
        """When it connected."""
        self.heartbeat = Heartbeat(self.began)
        self.got: list[Received] = []
        self.media_time = 0
        self.visit = HOME
        self._sequence = 0
        self._ref = 0
        self.joined: e.Joined
        self.view: RoomView

    @property
    def id(self) -> str:
        """The participant's id."""
        return self.joined.you

    def hello(self, nonce: bytes, **fields: Any) -> c.Hello:
        """Build a correct hello, except for what ``fields`` change."""
        signed = signed_bytes(nonce, self.address.authority, self.certificate)
        right: dict[str, Any] = {
            "key": self.key.public_key().public_bytes_raw(),
            "signature": self.key.sign(signed),
            "certificate": self.certificate,
            "authority": self.address.authority,
            "name": "Ann",
        }
        return c.Hello(**(right | fields))

    def enter_room(self, **fields: Any) -> c.EnterRoom:
        """Build the wish to enter the address's room."""
        right: dict[str, Any] = {
            "room": self.address.room,
            "invite": self.address.invite,
            "host_token": self.address.host_token,
        }
        return c.EnterRoom(**(right | fields))

    async def enter(self, **fields: Any) -> Client:
        """Answer the challenge and enter the room. Raises Turned."""
        self.ask_in((await self.until(e.Challenge)).nonce, **fields)
        return await self._come_in()

    def ask_in(self, nonce: bytes, **fields: Any) -> None:
        """Send the hello and the wish to enter at once."""
        own = {name: fields.pop(name) for name in c.Hello.__struct_fields__ if name in fields}
        self.send(self.hello(nonce, **own))
        self.send(self.enter_room(**fields))

    async def say_hello(self, hello: c.Hello | None = None) -> e.Welcome:
        """Send a hello, by default a correct one, and come home. Raises Turned."""
        if hello is None:
            hello = self.hello((await self.until(e.Challenge)).nonce)
        self.send(hello)
        welcome: e.Welcome = await self._answer(e.Welcome)
        return welcome

    async def go_into(self, **fields: Any) -> Client:
        """Enter the address's room, or another one, after the hello. Raises Turned."""
        self.send(self.enter_room(**fields))
        return await self._come_in()

    async def _come_in(self) -> Client:
        self.joined = await self._answer(e.Joined)
        self.view, self.visit = self.joined.view, self.joined.visit
        return self

    async def _answer(self, kind: Any) -> Any:
        answer = await self.until(kind | e.Refused)
        if isinstance(answer, e.Refused):
            raise Turned(answer)
        return answer

    def send(self, command: c.ClientMessage | bytes) -> None:
        """Send a command, or any bytes as one message."""
        self.connection.send(command if isinstance(command, bytes) else codec.encode(command))

    async def ask(self, command: c.RoomCommand | c.HomeCommand) -> e.Done | e.Refused:
        """Send a command and read until its answer; return the answer."""
        answer: e.Done | e.Refused = await self.question(command, e.Done | e.Refused)
        return answer

    async def do(self, *commands: c.RoomCommand | c.HomeCommand) -> None:
        """Send commands one after the other; fail unless each is carried out."""
        for command in commands:
            answer = await self.ask(command)
            assert isinstance(answer, e.Done), (command, answer)

    def speak(self, payload: bytes, level: int = -30, **fields: Any) -> None:
        """Send one voice frame."""
        self._sequence += 1
        self.media_time += 960
        frame = UplinkFrame(
            fields.get("sequence", self._sequence),
            self.media_time,
            Flags.NONE,
            level,
            payload,
            fields.get("visit", self.visit),
        )
        self.connection.send_voice(frame.encode())

    def ack(self, media_time: int | None = None) -> int:
        """Acknowledge the newest bundle that was read; return the stamp, which an answer echoes."""
        newest = max((each.media_time for each in self.got if isinstance(each, Bundle)), default=0)
        now = trio.current_time()
        heard = newest if media_time is None else media_time
        ack = self.heartbeat.ack(heard, now, self.visit)
        self.send(ack.encode())
        return ack.stamp

    async def question(self, command: c.RoomCommand | c.HomeCommand, kind: Any) -> Any:
        """Send a command and read until its answer of this kind; return the answer."""
        self._ref += 1
        self.send(replace_field(command, ref=self._ref))
        ref = self._ref
        return await self.until(kind, lambda answer: answer.ref == ref)

    async def read(self) -> Received:
        """Read and return the next message, and apply it to the view.

        Raises ConnectionLost at the end.
        """
        message = codec.decode_from_server(await self.connection.receive())
        self.got.append(message)
        if isinstance(message, get_args(e.RoomEvent)):
            self.view = evolve_view(self.view, message)
        return message

    async def until(self, kind: Any, when: Callable[[Any], bool] = lambda _: True) -> Any:
        """Read until a message of this kind comes for which ``when`` holds, and return it."""
        with trio.fail_after(PATIENCE):
            while True:
                message = await self.read()
                if isinstance(message, kind) and when(message):
                    return message

    async def heard(self, payload: bytes) -> Bundle:
        """Read until a bundle holds this payload, and return the bundle.

        It is acknowledged, else the server would soon hold further bundles back.
        """

        def holds(bundle: Bundle) -> bool:
            return any(entry.payload == payload for entry in bundle.entries)

        bundle: Bundle = await self.until(Bundle, holds)
        self.ack()
        return bundle

    async def to_the_end(self) -> list[Received]:
        """Read until the connection ends, and return everything that came."""
        before = len(self.got)
        with trio.fail_after(PATIENCE), contextlib.suppress(ConnectionLost):
            while True:
                await self.read()
        return self.got[before:]

    async def until_out(self) -> list[Received]:
        """Read until the visit or the connection ends, and return everything that came."""
        before = len(self.got)
        with trio.fail_after(PATIENCE), contextlib.suppress(ConnectionLost):
            while not isinstance(await self.read(), e.RoomLeft):
                pass
        return self.got[before:]

    async def go(self) -> None:
        """Cut the connection without a goodbye, as a lost network does."""
        self.connection.stream.cut("gone")
        await trio.lowlevel.checkpoint()


@dataclass
class RunningServer:
    """A running server, and the nursery for its clients."""

    address: Address
    hub: Hub
    store: Store
    nursery: trio.Nursery
    clients: list[Client]
    clock: Clock
    certificates: Certificates | None = None
    desks: OpenedDesks | None = None
    listener: Listener | None = None
    gate: Gate | None = None
    admin_url: str = ""

    @property
    def calendar(self) -> CalendarDesk:
        """The desk for what is planned."""
        assert self.desks is not None
        return self.desks.calendar

    def pass_time(self, seconds: float) -> None:
        """Move the server's clock ahead; rooms notice it when something next happens in them."""
        self.clock._offset += seconds

    def room(self, name: str = "standup", invite: str | None = None, **fields: Any) -> Address:
        """Return the address of a room on this server."""
        return replace(self.address.in_room(name), invite=invite, **fields)

    async def connected(
        self, address: Address | None = None, key: Ed25519PrivateKey | None = None
    ) -> Client:
        """Connect a client and return it before its hello."""
        address = address or self.room()
        connection, certificate = await dial(self.nursery, address, voice_max_age=5.0)
        client = Client(connection, certificate, address, key or Ed25519PrivateKey.generate())
        self.clients.append(client)
        return client

    async def client(
        self, address: Address | None = None, key: Ed25519PrivateKey | None = None, **hello: Any
    ) -> Client:
        """Connect a client and enter the room. Raises Turned."""
        client = await self.connected(address, key)
        return await client.enter(**hello)

    async def bring_on_stage(self, host: Client, guest: Client) -> None:
        """Bring a guest on stage with an open microphone, and wait until the host knows."""
        assert isinstance(await host.ask(c.InviteToStage(id=guest.id)), e.Done)
        assert isinstance(await guest.ask(c.AcceptStageInvitation()), e.Done)
        assert isinstance(await guest.ask(c.Unmute()), e.Done)
        await host.until(e.Unmuted, lambda event: event.id == guest.id)

    async def exchange(self, request: bytes, *, end: bool = False) -> bytes:
        """Send raw bytes and return what comes back until the server closes the connection."""
        stream: trio.abc.Stream = await trio.open_tcp_stream(self.address.host, self.address.port)
        if self.address.tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = trio.SSLStream(stream, context, https_compatible=True)
        answer = b""
        async with stream:
            with trio.fail_after(PATIENCE), contextlib.suppress(trio.BrokenResourceError):
                await stream.send_all(request)
                if end and isinstance(stream, trio.SocketStream):
                    await stream.send_eof()
                while received := await stream.receive_some():
                    answer += received
        return answer


@contextlib.asynccontextmanager
async def serving(
    folder: Path,
    *,
    tls: bool = False,
    open_hosting: bool = True,
    names: Iterable[str] = (),
    proxies: Iterable[str] = (),
    routes: Iterable[Route] = (),
    pages: bool = True,
    claims: ClaimsConfiguration | None = None,
    limits: ServerLimits | None = None,
    heard: int = DEFAULT_LIMITS.heard,
    udp: bool = False,
    udp_public: tuple[str, int] | None = None,
    in_memory: bool = False,
    shared_store: str | None = None,
) -> AsyncIterator[RunningServer]:
    """Run a server with its data in ``folder``; at the end it is gone without a goodbye.

    ``routes`` are answered beside its own, ``pages`` says whether browsers are shown any. What is
    kept ``in_memory`` waits for no thread, so that time can be virtual. ``shared_store`` is the URL
    of a database that it shares with other servers.
    """
    limits = limits or patient_limits()
    certificates = Certificates(folder) if tls else None
    listeners = await open_port("127.0.0.1", 0)
    port = listeners[0].socket.getsockname()[1]
    pin = certificates.current.hash.hex() if certificates else None
    with widened(LIMITS):
        opened: contextlib.AbstractAsyncContextManager[Store] = (
            contextlib.nullcontext(memory_store())
            if in_memory
            else postgres.open_store(shared_store, limits=limits, shared=True)
            if shared_store is not None
            else open_store(folder, limits=limits)
        )
        async with opened as store, trio.open_nursery() as nursery:
            clock = Clock(await store.latest_time.load())
            hub = Hub(store, nursery, clock, kept_seal(folder), limits=limits, heard=heard)
            reception = Reception(hub, store, open_hosting=open_hosting)
            await hub.restore()
            nursery.start_soon(hub.keep_tidy)
            nursery.start_soon(hub.keep_time)
            own = own_names("127.0.0.1", names)
            trusted = TrustedProxies(proxies)
            desks = await open_desks(hub, store, clock, claims, open_hosting=open_hosting)
            site = Routes([*site_routes(hub, store, desks, pages=pages), *routes])
            datagrams = open_datagram_port(
                [("127.0.0.1", port)], DatagramPlaces(public=udp_public, is_on=udp), limits
            )
            gate = Gate(
                *(hub, reception, store, desks.all, site, own, trusted),
                udp_is_public=udp_public is not None,
            )
            listener = Listener(gate, listeners, certificates, datagrams)
            nursery.start_soon(listener.serve, nursery)
            if store.keep_up is not None:
                nursery.start_soon(store.keep_up, desks.followers)
            address = Address("127.0.0.1", port, tls, pin=pin)
            server = RunningServer(*(address, hub, store, nursery, [], clock, certificates, desks))
            server.listener, server.gate = listener, gate
            try:
                yield server
            finally:
                for client in server.clients:
                    client.connection.stream.cut("the test is over")
                store.latest_time.save(clock.now())
                nursery.cancel_scope.cancel()
