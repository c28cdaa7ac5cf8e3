"""One connection at home: in no room, and perhaps about to enter one."""

from __future__ import annotations

import contextlib
import logging

import trio

from roomcli.errors import CommandRefused, StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import HOME, Ack, UplinkFrame

from ..people.identity import new_id
from ..people.keyring.refusals import locked_out
from ..rooms.acknowledgements import Acknowledgements
from ..rooms.peer import Peer
from ..rooms.room import Room, send_event
from .client import KnownClient
from .echo import VoiceEcho

MAX_REFUSED = 20
"""The number of rooms that refuse a client, one after the other, that ends its connection."""
NOT_COUNTED = ("rate_limited", "failed")
"""Refusals that only ask to come again."""
_LAST_VISIT = 255


class ClientHome:
    """Brings one client into rooms, one after the other."""

    def __init__(self, client: KnownClient) -> None:
        self._client = client
        self._visit = HOME
        self._refused = 0
        self._echo = VoiceEcho(client.connection, client.services.echoes, client.caller.network)
        self._acknowledgements = Acknowledgements(
            client.services.store, client.connection, client.services.hub.refusals
        )

    async def next_room(self, wish: c.EnterRoom | None) -> tuple[Room, Peer]:
        """Return the room that the client enters, by ``wish`` or a later one, and their seat there.

        Raises ConnectionLost.
        """
        client = self._client
        client.inbound.begin_visit(self._hear)
        client.connection.stream.set_quiet(True)
        client.caller.conduct.on_end(client.ending.end_for_misconduct)
        homes = client.services.hub.at_home
        place = homes.enter(client.key, client.caller.network, client.ending.end)
        try:
            self._judge_ban()
            while True:
                command = wish or await client.inbound.command()
                wish = None
                place.stir()
                match command:
                    case None:
                        client.ending.end_for_silence()
                    case _ if isinstance(command, c.KeyCommand):
                        background = client.services.hub.background
                        await client.ask_desk(command, self._acknowledgements, background)
                    case _ if client.contests or not client.is_current:
                        client.refuse(command, locked_out())
                        client.caller.conduct.refused()
                    case c.EnterRoom():
                        place.is_busy = True
                        entered = await self._enter(command)
                        place.is_busy = False
                        if entered is not None:
                            return entered
                    case c.WatchRooms() | c.WatchHome():
                        client.set_watching(command)
                    case c.Knock():
                        client.wait_at_door(command)
                    case c.EchoVoice():
                        self._set_echo(command)
                    case _ if isinstance(command, c.DeskCommand):
                        background = client.services.hub.background
                        await client.ask_desk(command, self._acknowledgements, background)
                    case _:
                        client.refuse(command, CommandRefused("not_in_room", "you are in no room"))
                        client.caller.conduct.refused()
        finally:
            place.leave()
            self._echo.switch_off()

    def _judge_ban(self) -> None:
        """End the connection of somebody whom the admin banned between a room and home."""
        try:
            self._client.services.reception.judge_server_ban(self._client.key)
        except CommandRefused as banned:
            self._client.ending.end(e.Goodbye(code="banned", text=str(banned)))

    def _hear(self, message: Ack | UplinkFrame, now: float) -> None:
        """Answer a sign of life, and send a voice back if that was asked for.

        What still comes of a room that was left is ignored.
        """
        if message.visit != HOME:
            return
        if isinstance(message, UplinkFrame):
            if self._echo.send_back(message, now) and not self._client.caller.conduct.floods:
                self._client.caller.share.heard()
            return
        heartbeat = self._client.heartbeat
        heartbeat.received(message, now)
        if self._echo.media_time or heartbeat.owes_answer(now):
            self._client.connection.send(heartbeat.ack(self._echo.media_time, now).encode())

    def _set_echo(self, command: c.EchoVoice) -> None:
        """Send this client's voice back from now on, or no longer."""
        client = self._client
        try:
            client.judge_haste(command)
            if command.on:
                self._echo.switch_on(trio.current_time())
            else:
                self._echo.switch_off()
        except CommandRefused as error:
            client.refuse(command, error)
            client.caller.conduct.refused()
            return
        client.connection.stream.set_quiet(not command.on)
        if command.ref is not None:
            client.send(e.Done(ref=command.ref))

    async def _enter(self, wish: c.EnterRoom) -> tuple[Room, Peer] | None:
        """Return room and seat; None after a refusal."""
        client = self._client
        refused_hellos, address = client.services.hub.refused_hellos, client.caller.address
        visit = self._visit % _LAST_VISIT + 1
        peer = Peer(new_id(), client.key, client.connection, client.heartbeat, visit)
        peer.signer = client.signer
        peer.channel = client.open_side_channel(visit)
        try:
            room = await self._seated(wish, peer)
        except CommandRefused as error:
            refused_hellos.note(address, wish.room, error.code)
            client.refuse(wish, error)
            self._count_refusal(error.code)
            return None
        except StoreError as error:
            refused_hellos.note(address, wish.room, f"failed, {error}", logging.ERROR)
            client.refuse_unread(wish)
            return None
        client.stop_knocking()
        self._visit, self._refused = visit, 0
        client.caller.share.settle()
        if wish.ref is not None:
            send_event(peer, e.Done(ref=wish.ref))
        return room, peer

    async def _seated(self, wish: c.EnterRoom, peer: Peer) -> Room:
        client = self._client
        inside, network = client.services.inside, client.caller.network
        inside.count_in(network)
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(inside.count_out, network)
            if peer.channel is not None:
                otherwise.callback(peer.channel.close)
            room = await client.enter(wish, peer)
            otherwise.pop_all()
        return room

    def _count_refusal(self, code: str) -> None:
        self._client.caller.conduct.refused()
        self._refused += code not in NOT_COUNTED
        if self._refused >= MAX_REFUSED:
            self._client.ending.end_for_misconduct("too many rooms refused you")
