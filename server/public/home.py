"""One connection at home: in no room, and perhaps about to enter one."""

from __future__ import annotations

import contextlib
import logging

from roomcli.errors import CommandRefused, StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import HOME

from ..people.identity import new_id
from ..people.keyring.refusals import locked_out
from ..rooms.acknowledgements import Acknowledgements
from ..rooms.room import Room, send_event
from ..rooms.visitor import RoomVisitor
from .client import KnownClient
from .elsewhere import Elsewhere, Visit
from .visit import ClientVisit

MAX_REFUSED = 20
"""The number of rooms that refuse a client, one after the other, that ends its connection."""
NOT_COUNTED = ("rate_limited", "failed")
"""Refusals that only ask to come again."""
_LAST_VISIT = 255


class ClientHome:
    """Brings one client into rooms, one after the other, also ``elsewhere`` where there is that.

    ``visit`` is the number of their latest visit on their connection.
    """

    def __init__(
        self, client: KnownClient, elsewhere: Elsewhere | None = None, visit: int = HOME
    ) -> None:
        self._client = client
        self._elsewhere = elsewhere
        self._visit = visit
        self._far: Visit | None = None
        """The latest visit elsewhere, which may have got other numbers since."""
        self._refused = 0
        self._has_echo = False
        self._acknowledgements = Acknowledgements(
            client.services.store.flushed, client.connection, client.services.hub.refusals
        )

    async def next_visit(self, wish: c.EnterRoom | None) -> Visit:
        """Return the visit to the room that the client enters, by ``wish`` or a later one.

        Raises ConnectionLost.
        """
        client = self._client
        if self._far is not None:
            self._visit, self._far = self._far.number, None
        client.voice.go_home()
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
                        visit = await self._visit_anywhere(command)
                        place.is_busy = False
                        if visit is not None:
                            return visit
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
            self._end_echo()

    def _judge_ban(self) -> None:
        """End the connection of somebody whom the admin banned between a room and home."""
        try:
            self._client.services.reception.judge_server_ban(self._client.key)
        except CommandRefused as banned:
            self._client.ending.end(e.Goodbye(code="banned", text=str(banned)))

    def _set_echo(self, command: c.EchoVoice) -> None:
        """Send this client's voice back from now on, or no longer."""
        client = self._client
        try:
            client.judge_haste(command)
            if command.on and not self._has_echo:
                client.services.echoes.count_in(client.caller.network)
                self._has_echo = True
        except CommandRefused as error:
            client.refuse(command, error)
            client.caller.conduct.refused()
            return
        if not command.on:
            self._end_echo()
        client.voice.set_echo(on=command.on)
        if command.ref is not None:
            client.send(e.Done(ref=command.ref))

    def _end_echo(self) -> None:
        if self._has_echo:
            self._has_echo = False
            self._client.services.echoes.count_out(self._client.caller.network)

    async def _visit_anywhere(self, wish: c.EnterRoom) -> Visit | None:
        """Return the visit to a room of this server or another; None after a refusal."""
        client = self._client
        if self._elsewhere is None:
            return await self.enter(wish)
        try:
            far = await self._elsewhere.far_visit(client, wish, self._visit)
        except CommandRefused as error:
            client.refuse(wish, error)
            self._count_refusal(error.code)
            return None
        if far is None:
            return await self.enter(wish)
        client.stop_knocking()
        self._far = far
        return far

    async def enter(self, wish: c.EnterRoom) -> ClientVisit | None:
        """Return the visit to a room of this server; None after a refusal."""
        client = self._client
        refused_hellos, address = client.services.hub.refused_hellos, client.caller.address
        visit = visit_after(self._visit)
        peer = client.voice.new_visitor(new_id(), client.key, visit, by_udp=client.may_use_udp)
        peer.signer = client.signer
        try:
            room = await self._seated(wish, peer)
        except CommandRefused as error:
            refused_hellos.note(address, wish.room, error.code)
            client.refuse(wish, error)
            self._count_refusal(error.code)
            return None
        except StoreError as error:
            refused_hellos.note(address, wish.room, f"failed, {error}", logging.ERROR)
            client.refuse_unread(wish, error)
            return None
        client.stop_knocking()
        self._visit, self._refused = visit, 0
        if wish.ref is not None:
            send_event(peer, e.Done(ref=wish.ref))
        return ClientVisit(client, room, peer)

    async def _seated(self, wish: c.EnterRoom, peer: RoomVisitor) -> Room:
        client = self._client
        inside, network = client.services.inside, client.caller.network
        inside.count_in(network)
        with contextlib.ExitStack() as otherwise:
            otherwise.callback(inside.count_out, network)
            otherwise.callback(peer.close)
            room = await client.enter(wish, peer)
            otherwise.pop_all()
        return room

    def _count_refusal(self, code: str) -> None:
        self._client.caller.conduct.refused()
        self._refused += code not in NOT_COUNTED
        if self._refused >= MAX_REFUSED:
            self._client.ending.end_for_misconduct("too many rooms refused you")


def visit_after(visit: int) -> int:
    """Return the number of the visit after this one."""
    return visit % _LAST_VISIT + 1
