"""One participant's connection from challenge to goodbye."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Callable

import trio

from roomcli.errors import ConnectionLost, ProtocolError, Refused
from roomcli.protocol import FEATURES, codec
from roomcli.protocol.audio import Ack, UplinkFrame
from roomcli.protocol.commands import Hello, ListPeople, MakeInvite, RoomCommand
from roomcli.protocol.events import (
    Challenge,
    Done,
    Event,
    Goodbye,
    InviteMade,
    PeoplePage,
    RoleChanged,
    Silenced,
    SilenceLifted,
    StageJoined,
)
from roomcli.protocol.events import Refused as RefusedEvent
from roomcli.protocol.handshake import NONCE_BYTES
from roomcli.protocol.text import cleaned
from roomcli.wire.connection import Connection
from roomcli.wire.heartbeat import TIMEOUT

from .hub import Hub
from .identity import new_id, proven_person
from .limits import TokenBucket
from .peer import Peer
from .policy import Departed, JournalEvent, SteppedDown
from .room import Room, tell
from .store import Store

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
COMMANDS_PER_SECOND = 10
COMMANDS_AT_ONCE = 40
MESSAGES_PER_SECOND = 150
"""Of all kinds: 50 voice frames, and as many again for what comes late and at once."""
MESSAGES_AT_ONCE = 300
FLOOD_SECONDS = 5.0
"""How long a connection may send more than that before it is given up."""
FLOOD_PAUSE = 1.0
"""A time within the rate that ends a flood."""
MAX_FAULTS = 20
"""Malformed messages before the connection is given up."""
PEOPLE_PER_PAGE = 50


class Session:
    """Serves one connection to one room.

    ``authority`` is the Host header it came with, ``names_us`` whether that is a name of ours.
    ``admitted`` is called once they are in the room.
    """

    def __init__(
        self,
        connection: Connection,
        hub: Hub,
        store: Store,
        *,
        room: str,
        authority: str,
        certificate_hash: bytes | None,
        names_us: bool = True,
        admitted: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._hub = hub
        self._store = store
        self._room_name = room
        self._authority = authority
        self._certificate_hash = certificate_hash
        self._names_us = names_us
        self._tell_admitted = admitted
        self._commands = TokenBucket(COMMANDS_PER_SECOND, COMMANDS_AT_ONCE, trio.current_time())
        self._messages = TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, trio.current_time())
        self._faults = 0
        self._flooding_since = self._flooded_at = float("-inf")
        self._told_unheard_at = float("-inf")

    async def run(self) -> None:
        """Serve until either side ends it; closes the connection in any case."""
        try:
            admitted = await self._admitted()
            if admitted is not None:
                await self._serve(*admitted)
        except ConnectionLost as lost:
            log.debug("connection lost: %s", lost)
        finally:
            await self._connection.aclose()

    async def _admitted(self) -> tuple[Room, Peer] | None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._send(Challenge(nonce=nonce, features=FEATURES))
        try:
            with trio.fail_after(HELLO_SECONDS):
                hello = codec.decode_from_client(await self._connection.receive())
            if not isinstance(hello, Hello):
                raise ProtocolError("bad_message", "the first message has to be hello")
            if not self._names_us:
                raise Refused(
                    "bad_signature",
                    f"this server does not know itself as {cleaned(self._authority, 80)}: "
                    "its admin can tell it with --authority",
                )
            person = proven_person(
                hello, nonce, self._authority, self._certificate_hash, self._room_name, new_id()
            )
            peer = Peer(person.id, self._connection, trio.current_time())
            room = await self._hub.enter(self._room_name, hello, person, peer)
        except trio.TooSlowError:
            self._send(Goodbye(code="too_slow", text="no hello came", retry=True))
        except (ProtocolError, Refused) as error:
            self._send(RefusedEvent(command="hello", code=error.code, text=str(error)))
            self._send(Goodbye(code=error.code, text=str(error)))
        except sqlite3.Error as error:
            log.error("the store could not read: %s", error)
            text = "the server cannot read what it keeps: its log says why"
            self._send(RefusedEvent(command="hello", code="failed", text=text))
            self._send(Goodbye(code="failed", text=text, retry=True))
        else:
            self._tell_admitted()
            return room, peer
        return None

    async def _serve(self, room: Room, peer: Peer) -> None:
        try:
            with peer.session:
                while True:
                    with trio.move_on_after(TIMEOUT) as silence:
                        message = await self._connection.receive()
                    if silence.cancelled_caught:
                        self._send(Goodbye(code="too_slow", text="you fell silent", retry=True))
                        return
                    if peer.session.cancel_called:
                        break  # it came before, but the seat may be another connection's by now
                    if self._floods(trio.current_time()):
                        if self._flooded_at - self._flooding_since < FLOOD_SECONDS:
                            continue
                        self._send(Goodbye(code="protocol", text="too many messages for too long"))
                        return
                    if not await self._handled(room, peer, message):
                        return
            if peer.goodbye is not None:
                self._send(peer.goodbye)
        finally:
            room.disconnected(peer)
            if peer.voice_skipped or peer.flooded:
                log.info(
                    "%s in %s missed %d bundles, and %d of their frames were too many",
                    *(peer.id, room.state.name, peer.voice_skipped, peer.flooded),
                )

    def _floods(self, now: float) -> bool:
        """Whether another message now is more than one connection may send."""
        if not self._messages.take(1, now):
            return False
        if now - self._flooded_at > FLOOD_PAUSE:
            self._flooding_since = now
        self._flooded_at = now
        return True

    async def _handled(self, room: Room, peer: Peer, message: bytes | str) -> bool:
        """Take one message; False when the connection is to be given up."""
        try:
            decoded = codec.decode_from_client(message)
            if isinstance(decoded, Hello):
                text = "hello comes once, and first"
                raise ProtocolError("bad_message", text, command="hello", ref=decoded.ref)
        except ProtocolError as error:
            self._faults += 1
            self._send(
                RefusedEvent(command=error.command, code=error.code, text=str(error), ref=error.ref)
            )
            if self._faults >= MAX_FAULTS:
                self._send(Goodbye(code="protocol", text="too many malformed messages"))
                return False
            return True
        match decoded:
            case Ack():
                peer.acknowledge(decoded, trio.current_time())
            case UplinkFrame():
                self._voice(room, peer, decoded)
            case _:
                await self._command(room, peer, decoded)
        return True

    def _voice(self, room: Room, peer: Peer, frame: UplinkFrame) -> None:
        peer.received_voice(frame)
        try:
            room.voice(peer, frame)
        except Refused as refused:
            # Frames on their way cross a mute or a move; say it once a second, not fifty times.
            now = trio.current_time()
            if now - self._told_unheard_at >= 1.0:
                self._told_unheard_at = now
                self._send(RefusedEvent(command="audio", code=refused.code, text=str(refused)))

    async def _command(self, room: Room, peer: Peer, command: RoomCommand) -> None:
        name = str(command.__struct_config__.tag)
        wait = self._commands.take(1, trio.current_time())
        if wait:
            text = f"too many commands: wait {wait:.1f} s"
            self._send(
                RefusedEvent(
                    command=name, code="rate_limited", text=text, ref=command.ref, retry_after=wait
                )
            )
            return
        try:
            events = room.command(peer.id, command)
        except Refused as error:
            self._send(
                RefusedEvent(command=name, code=error.code, text=str(error), ref=command.ref)
            )
            return
        match command:
            case ListPeople(offset=offset, ref=ref):
                people = room.state.people_page(offset, PEOPLE_PER_PAGE)
                total = room.state.audience_now
                self._send(PeoplePage(offset=offset, total=total, people=people, ref=ref))
            case MakeInvite(ref=ref):
                invite, expires_at = self._hub.renew_invite(room)
                self._send(InviteMade(invite=invite, expires_at=expires_at, ref=ref))
        if any(_must_last(event) for event in events):
            try:
                await self._store.flushed()
            except sqlite3.Error as error:
                log.error("the store could not write: %s", error)
                text = "the server could not write this down: a restart may undo it"
                self._send(RefusedEvent(command=name, code="failed", text=text, ref=command.ref))
                return
        if command.ref is not None:
            tell(peer, Done(ref=command.ref))

    def _send(self, event: Event) -> None:
        self._connection.send(codec.encode(event))


def _must_last(event: JournalEvent) -> bool:
    """Whether a restart must not undo this: who acknowledges it waits for the disk."""
    match event:
        case RoleChanged() | StageJoined() | SteppedDown() | Silenced() | SilenceLifted():
            return True
        case Departed(reason="removed"):
            return True
    return False
