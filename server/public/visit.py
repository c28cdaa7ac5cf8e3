"""One visit to a room, from ``joined`` to ``room_left``."""

from __future__ import annotations

import contextlib
import logging
from functools import partial

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ConnectionLost, StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..rooms.acknowledgements import Acknowledgements
from ..rooms.answers import Answers
from ..rooms.password import hashed
from ..rooms.room import CarriedOut, Room
from ..rooms.visitor import RoomVisitor
from .client import KnownClient, log_failure

log = logging.getLogger(__name__)

TICKET_PATIENCE = 0.5
"""The most seconds that ``joined`` waits until its ticket is on disk."""


GONE = e.Goodbye(
    code="server_closing",
    text="the room went on elsewhere as you came in: come back",
    retry=True,
)
"""What somebody is told who came in when the room said nothing any more."""


class ClientVisit:
    """Carries out what one participant asks for."""

    def __init__(self, client: KnownClient, room: Room, peer: RoomVisitor) -> None:
        self._client = client
        self._room = room
        self._peer = peer
        services = client.services
        self._answers = Answers(services.hub, services.store)
        self._acknowledgements = Acknowledgements(
            room.flushed, client.connection, services.hub.refusals, room.tellings
        )

    @property
    def number(self) -> int:
        """The number that the visit has on the connection."""
        return self._peer.visit

    async def run(self) -> c.EnterRoom | None:
        """Serve until the visit is over; return the wish for the next room, if there is one.

        Where more than the visit is over, this ends the connection.
        """
        client, peer, tellings = self._client, self._peer, self._room.tellings
        entered_at = tellings.position
        client.voice.begin_visit(self._room.voice)
        client.caller.conduct.on_end(partial(_end, peer))
        wish = None
        # Whoever ends the room leaves by that too: they get their answers first, then the last
        # word.
        async with trio.open_nursery() as acknowledging:
            try:
                with peer.session:
                    await self._ticket_is_written()
                    # They were told of all that holds, and others are not told of that yet.
                    if await tellings.out(entered_at):
                        peer.send_held()
                        wish = await self._obey(acknowledging)
                    elif peer.last_word is None:
                        peer.end(GONE)
            except ConnectionLost as lost:
                log.debug("connection lost: %s", lost)
                client.ending.scope.cancel()
            finally:
                self._leave()
        if await tellings.out(tellings.position):
            peer.send_held()
        match peer.last_word:
            case e.RoomLeft():
                client.send(peer.last_word)
            case e.Goodbye():
                client.ending.end(peer.last_word)
        return wish

    async def _ticket_is_written(self) -> None:
        """Wait a moment until the new ticket is on disk.

        A server that is killed right after it gave a ticket has to know the ticket afterwards.
        While the store cannot be written nobody is kept waiting.
        """
        store, unwritten = self._client.services.store, self._peer.unwritten
        if unwritten and store.trouble is None:
            until = trio.current_time() + TICKET_PATIENCE
            with contextlib.suppress(StoreError):
                await store.flushed(unwritten, until)

    async def _obey(self, acknowledging: trio.Nursery) -> c.EnterRoom | None:
        """Carry out commands until one is to enter another room; return that one."""
        while True:
            command = await self._client.inbound.command()
            match command:
                case None:
                    text = "you fell silent"
                    self._peer.end(e.Goodbye(code="too_slow", text=text, retry=True))
                    return None
                case c.EnterRoom():
                    with contextlib.suppress(CommandRefused):  # of a room that ends just now
                        self._room.carry_out(self._peer.id, c.LeaveRoom())
                    return command
                case c.WatchRooms() | c.WatchHome():
                    self._client.set_watching(command)
                case c.Knock():
                    self._client.wait_at_door(command)
                case c.EchoVoice():
                    refusal = CommandRefused("in_room", "a voice is sent back at home only")
                    self._client.refuse(command, refusal)
                    self._client.caller.conduct.refused()
                case _ if isinstance(command, c.DeskCommand):
                    await self._client.ask_desk(command, self._acknowledgements, acknowledging)
                case _:
                    await self._command(command, acknowledging)

    def _leave(self) -> None:
        client, peer = self._client, self._peer
        client.services.inside.count_out(client.caller.network)
        self._room.disconnected(peer)
        client.voice.finish_visit()

    async def _command(self, command: c.RoomCommand, acknowledging: trio.Nursery) -> None:
        client, peer, tell = self._client, self._peer, self._room.tellings.tell_in_turn
        name = c.command_name(command)
        try:
            # What was done before is no more haste, and what refuses it now comes too late.
            outcome = self._room.carried_out(peer.id, command)
            if outcome is None:
                client.judge_haste(command)
                outcome = await self._carried_out(command)
            answer = await self._answers.to(self._room, command, outcome.events)
            if answer is not None:
                tell(partial(client.send, answer))
        except CommandRefused as error:
            tell(partial(client.refuse, command, error))
            client.caller.conduct.refused()
        except StoreError as error:
            log_failure(peer.key, command, error)
            tell(partial(client.refuse_unread, command, error))
        except BaseException:  # the visit ends first, and every command has one answer
            gone = CommandRefused("not_in_room", "you are in the room no longer")
            tell(partial(client.refuse, command, gone))
            raise
        else:
            self._acknowledgements.expect(name, command.ref, acknowledging, outcome.transaction)

    async def _carried_out(self, command: c.RoomCommand) -> CarriedOut:
        room, peer = self._room, self._peer
        match command:
            case c.SetPassword():
                return await self._set_password(command)
            case c.Report():
                with trio.CancelScope(shield=True):  # also of somebody who is thrown out meanwhile
                    return await room.report(peer.id, command)
            case c.HandOver() | c.EndRoom():
                self._client.services.hub.identities.judge_giving_up(peer.key)
        return room.carry_out(peer.id, command)

    async def _set_password(self, command: c.SetPassword) -> CarriedOut:
        room, peer = self._room, self._peer
        room.judge(peer.id, command)
        async with peer.as_long_as_here():
            kept = await hashed(command.password, peer.network, room.name)
        outcome = room.carry_out(peer.id, replace(command, password=kept))
        room.guesses.remember(command.password, kept)
        return outcome


# It does not refer to the visit, whose parts call it: so that is freed when it ends.


def _end(peer: RoomVisitor, why: str) -> None:
    peer.end(e.Goodbye(code="protocol", text=why))
