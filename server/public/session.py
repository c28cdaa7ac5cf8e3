"""One participant's connection, from challenge to goodbye."""

from __future__ import annotations

import contextlib
import logging
import secrets
from functools import partial

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ConnectionLost, ProtocolError, StoreError
from roomcli.protocol import FEATURES, codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO, Ack, UplinkFrame
from roomcli.protocol.handshake import NONCE_BYTES
from roomcli.protocol.people import Person
from roomcli.protocol.text import cleaned
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import TIMEOUT

from ..limits import kind_of
from ..people.identity import new_id, proven_person
from ..rooms.acknowledgements import Acknowledgements
from ..rooms.answers import Answers
from ..rooms.hub import Hub
from ..rooms.password import hashed
from ..rooms.peer import Peer
from ..rooms.reception import Reception
from ..rooms.room import KEEPS, CarriedOut, Room
from ..store import Store
from .visit import Visit

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
TICKET_PATIENCE = 0.5
"""The most seconds that ``joined`` waits until its ticket is on disk."""
SMALL_KINDS = frozenset((KIND_ACK, KIND_AUDIO))


class Session:
    """Serves one connection to one room."""

    def __init__(
        self,
        connection: WebSocket,
        visit: Visit,
        hub: Hub,
        reception: Reception,
        store: Store,
    ) -> None:
        self._connection = connection
        self._visit = visit
        self._hub = hub
        self._reception = reception
        self._store = store
        self._answers = Answers(hub, store)
        self._opening = trio.CancelScope()
        self._heard_at = trio.current_time()
        self._told_unheard_at = float("-inf")
        self._acknowledgements = Acknowledgements(store, partial(_send, connection))

    async def run(self) -> None:
        """Serve until either side ends the connection; close it in any case."""
        try:
            admitted = None
            with self._opening:
                admitted = await self._admitted()
            if admitted is not None:
                try:
                    await self._serve(*admitted)
                finally:
                    self._visit.inside.count_out(self._visit.place.network)
        except ConnectionLost as lost:
            log.debug("connection lost: %s", lost)
        finally:
            await self._connection.aclose()

    async def _admitted(self) -> tuple[Room, Peer] | None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._send(e.Challenge(nonce=nonce, features=FEATURES, keeps=KEEPS))
        self._visit.conduct.on_end(partial(_turn_away, self._connection, self._opening))
        try:
            with trio.fail_after(HELLO_SECONDS):
                message = await self._connection.receive()
                self._visit.place.has_said_hello = True
                await self._visit.share.wait()
                hello = codec.decode_from_client(message)
            if not isinstance(hello, c.Hello):
                raise ProtocolError("bad_message", "the first message has to be hello")
            authority = self._visit.authority if hello.authority is None else hello.authority
            if not self._visit.names_us(authority):
                raise CommandRefused(
                    "bad_signature",
                    f"this server does not know itself as {cleaned(authority, 80)}: "
                    "its admin can tell it with --authority",
                )
            person = proven_person(
                hello, nonce, authority, self._visit.certificate_hash, self._visit.room, new_id()
            )
            peer = Peer(person.id, person.key, self._connection, trio.current_time())
            room = await self._enter(hello, person, peer)
        except trio.TooSlowError:
            self._send(e.Goodbye(code="too_slow", text="no hello came", retry=True))
        except (ProtocolError, CommandRefused) as error:
            self._hub.refused_hellos.note(self._visit.address, self._visit.room, error.code)
            wait = error.retry_after if isinstance(error, CommandRefused) else None
            refused = e.Refused(command="hello", code=error.code, text=str(error), retry_after=wait)
            self._send(refused)
            retry = error.code in ("rate_limited", "failed")
            self._send(e.Goodbye(code=error.code, text=str(error), retry=retry))
        except StoreError as error:
            why = f"failed, {error}"
            self._hub.refused_hellos.note(self._visit.address, self._visit.room, why, logging.ERROR)
            text = "the server cannot read what it keeps: its log says why"
            self._send(e.Refused(command="hello", code="failed", text=text))
            self._send(e.Goodbye(code="failed", text=text, retry=True))
        else:
            self._visit.share.settle()
            self._visit.place.free()
            return room, peer
        return None

    async def _enter(self, hello: c.Hello, person: Person, peer: Peer) -> Room:
        visit, network = self._visit, self._visit.place.network
        visit.inside.count_in(network)
        try:
            return await self._reception.enter(visit.room, hello, person, peer, visit.address)
        except BaseException:
            visit.inside.count_out(network)
            raise

    async def _serve(self, room: Room, peer: Peer) -> None:
        self._heard_at = trio.current_time()
        self._visit.conduct.on_end(partial(_end, peer))
        # Whoever ends the room leaves by that too: they get their answers first, then the goodbye.
        async with trio.open_nursery() as acknowledging:
            try:
                with peer.session:
                    await self._ticket_is_written(peer)
                    peer.send_held()
                    take = partial(self._take_small, room, peer)
                    self._connection.take_small(SMALL_KINDS, take)
                    await self._obey(room, peer, acknowledging)
            except ConnectionLost as lost:
                log.debug("connection lost: %s", lost)
                acknowledging.cancel_scope.cancel()
            finally:
                self._left(room, peer)
        peer.send_held()
        if peer.goodbye is not None:
            self._send(peer.goodbye)

    async def _ticket_is_written(self, peer: Peer) -> None:
        """Wait a moment until the new ticket is on disk.

        A server that is killed right after it gave a ticket has to know the ticket afterwards.
        While the store cannot be written nobody is kept waiting.
        """
        if peer.unwritten and self._store.trouble is None:
            until = trio.current_time() + TICKET_PATIENCE
            with contextlib.suppress(StoreError):
                await self._store.flushed(peer.unwritten, until)

    async def _obey(self, room: Room, peer: Peer, acknowledging: trio.Nursery) -> None:
        """Read and carry out messages until the connection falls silent."""
        while True:
            with trio.move_on_at(self._heard_at + TIMEOUT) as silence:
                message = await self._connection.receive()
            if silence.cancelled_caught:
                if trio.current_time() < self._heard_at + TIMEOUT:
                    continue
                peer.end(e.Goodbye(code="too_slow", text="you fell silent", retry=True))
                return
            await self._visit.share.wait()
            command = self._handle_message(room, peer, message)
            if command is not None:
                await self._command(room, peer, command, acknowledging)

    def _left(self, room: Room, peer: Peer) -> None:
        room.disconnected(peer)
        if (peer.voice_skipped or peer.flooded or peer.unheard) and self._hub.may_log():
            log.info(
                "%s in %s missed %d bundles; of their frames %d were too many, and %d came"
                " when they might not be heard",
                *(peer.key, room.name, peer.voice_skipped, peer.flooded, peer.unheard),
            )

    def _take_small(self, room: Room, peer: Peer, message: bytes) -> None:
        self._handle_message(room, peer, message)  # a message of these kinds is no command

    def _handle_message(self, room: Room, peer: Peer, message: bytes | str) -> c.RoomCommand | None:
        """Handle a message; return it if it is a command, which may take longer."""
        now = trio.current_time()
        self._heard_at = now
        if peer.session.cancel_called:
            return None  # the seat may be another connection's by now
        try:
            decoded = codec.decode_from_client(message)
            if isinstance(decoded, c.Hello):
                text = "hello comes once, and first"
                raise ProtocolError("bad_message", text, command="hello", ref=decoded.ref)
        except ProtocolError as error:
            self._send(
                e.Refused(command=error.command, code=error.code, text=str(error), ref=error.ref)
            )
            self._visit.conduct.fault()
            return None
        match decoded:
            case Ack():
                peer.acknowledge(decoded, now)
            case UplinkFrame():
                self._voice(room, peer, decoded)
            case _:
                return decoded
        return None

    def _voice(self, room: Room, peer: Peer, frame: UplinkFrame) -> None:
        peer.received_voice(frame)
        share, flooded = self._visit.share, peer.flooded
        try:
            room.voice(peer, frame)
            if peer.flooded == flooded and not self._visit.conduct.floods:
                share.heard()
            else:
                share.unheard()
        except CommandRefused as refused:
            share.unheard()
            peer.unheard += 1
            # Frames on their way may cross a mute or a move: refuse once a second, not fifty times.
            now = trio.current_time()
            if now - self._told_unheard_at >= 1.0:
                self._told_unheard_at = now
                self._send(e.Refused(command="audio", code=refused.code, text=str(refused)))

    async def _command(
        self, room: Room, peer: Peer, command: c.RoomCommand, acknowledging: trio.Nursery
    ) -> None:
        name, ref = str(command.__struct_config__.tag), command.ref
        try:
            self._judge_haste(peer, command)
            if isinstance(command, c.SetPassword):
                outcome = await self._set_password(room, peer, command)
            else:
                outcome = room.carry_out(peer.id, command)
            answer = await self._answers.to(room, peer, command, outcome.events)
            if answer is not None:
                self._send(answer)
        except CommandRefused as error:
            refused = e.Refused(
                command=name,
                code=error.code,
                text=str(error),
                ref=ref,
                retry_after=error.retry_after,
            )
            self._send(refused)
            self._visit.conduct.refused()
            return
        except StoreError as error:
            log.error("%s asked for %s: %s", peer.key, name, error)
            text = "the server cannot read what it keeps: its log says why"
            self._send(e.Refused(command=name, code="failed", text=text, ref=ref))
            return
        self._acknowledgements.expect(name, ref, acknowledging, outcome.transaction)

    async def _set_password(self, room: Room, peer: Peer, command: c.SetPassword) -> CarriedOut:
        room.judge(peer.id, command)
        async with peer.as_long_as_here():
            kept = await hashed(command.password, peer.network, room.name)
        outcome = room.carry_out(peer.id, replace(command, password=kept))
        room.guesses.remember(command.password, kept)
        return outcome

    def _judge_haste(self, peer: Peer, command: c.RoomCommand) -> None:
        allowances, now = self._hub.allowances, trio.current_time()
        wait = allowances.take(kind_of(command), peer.key, self._visit.address, now)
        if wait:
            text = f"too many at once: wait {wait:.1f} s"
            raise CommandRefused("rate_limited", text, retry_after=wait)

    def _send(self, event: e.Event) -> None:
        _send(self._connection, event)


# None of these refers to the session, whose parts call them: so it is freed when it ends.


def _send(connection: WebSocket, event: e.Event) -> None:
    connection.send(codec.encode(event))


def _turn_away(connection: WebSocket, opening: trio.CancelScope, why: str) -> None:
    _send(connection, e.Goodbye(code="protocol", text=why))
    opening.cancel()


def _end(peer: Peer, why: str) -> None:
    peer.end(e.Goodbye(code="protocol", text=why))
