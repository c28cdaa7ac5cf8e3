"""A client that has proven who it is, as its home and its stays in rooms need it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused, StoreError
from roomcli.protocol import ROOM_MOVES, codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person

from ..allowances import kind_of
from ..client_connection import ClientConnection
from ..finding.home_news import HomeWatcher
from ..people.keyring.refusals import locked_out
from ..people.sign_ins import SignIn
from ..rooms.acknowledgements import Acknowledgements
from ..rooms.room import Room
from ..rooms.room_news import Watcher
from ..rooms.shares import is_from_here
from ..rooms.visitor import RoomVisitor
from .caller import Caller, Services
from .ending import ConnectionEnd
from .hello import AdmittedPerson
from .inbound import Inbound

log = logging.getLogger(__name__)


class KnownClient:
    """One connection after its hello. Call :meth:`close` at its end.

    What concerns the person is ``told_elsewhere`` where another server that hears the same has it.
    """

    def __init__(
        self,
        connection: ClientConnection,
        caller: Caller,
        services: Services,
        who: AdmittedPerson,
        *,
        told_elsewhere: bool = False,
    ) -> None:
        self.connection = connection
        self.caller = caller
        self.services = services
        self.key = who.person.key
        self.signer = who.signer
        self.ending = ConnectionEnd()
        self.contests = who.contests
        self._sign_in = SignIn(
            who.person.id, who.signer, who.authority, who.contests, self.ending.end
        )
        services.hub.sign_ins.add(self._sign_in)
        self.voice = caller.new_voice()
        self.inbound = Inbound(self.voice, connection.send, caller.conduct, services.hub.refusals)
        self.who = who
        """As whom they have signed in."""
        self.takes_moves = ROOM_MOVES in caller.place.features
        """Whether their client goes on where a room moves to another server."""
        self._watcher = Watcher(connection)
        self._home_watcher = HomeWatcher(connection, who.person.id)
        self._waits_at = ""
        self._knocks = 0
        """How often they have knocked: by that an answer tells which knock it is for."""
        self._stop_knocking: Callable[[], None] = _nothing
        services.hub.connected.add(
            *(who.person.id, connection, caller.network),
            contests=who.contests,
            told_elsewhere=told_elsewhere,
        )

    @property
    def person(self) -> Person:
        """The person, as they are shown at present."""
        return self.services.reception.known(self.who.person, keeps_name=self.who.keeps_name)

    def send(self, event: e.Event) -> None:
        """Send an event."""
        self.connection.send(codec.encode(event))

    def refuse(self, command: c.Command, why: CommandRefused) -> None:
        """Refuse a command."""
        refused = e.Refused(
            command=c.command_name(command),
            code=why.code,
            text=str(why),
            ref=command.ref,
            retry_after=why.retry_after,
        )
        self.services.hub.refusals[why.code] += 1
        self.send(refused)

    def refuse_unread(self, command: c.Command, error: StoreError) -> None:
        """Refuse a command because the store cannot be read."""
        if error.may_pass:
            text = "the server cannot reach what it keeps at the moment: try again later"
            self.refuse(command, CommandRefused("try_later", text))
        else:
            text = "the server cannot read what it keeps: its log says why"
            self.refuse(command, CommandRefused("failed", text))

    def judge_haste(self, command: c.HomeCommand | c.RoomCommand) -> None:
        """Count a command. Raises CommandRefused if there were too many."""
        allowances, now = self.services.hub.allowances, trio.current_time()
        kind = kind_of(command)
        # By each key alone: a thief of one uses up nothing by which another undoes what they did.
        who = self.signer if kind == "keys" else self.key
        wait = allowances.take(kind, who, self.caller.address, now)
        if wait:
            text = f"too many at once: wait {wait:.1f} s"
            raise CommandRefused("rate_limited", text, retry_after=wait)

    def set_watching(self, command: c.WatchRooms | c.WatchHome) -> None:
        """Tell the listed rooms, or home, to this client from now on, or no longer."""
        room_news, home_news = self.services.hub.room_news, self.services.desks.home_news
        try:
            self.judge_haste(command)
        except CommandRefused as error:
            self.refuse(command, error)
            self.caller.conduct.refused()
            return
        # Before what is told: so who asks again can tell all of it from changes on their way.
        if command.ref is not None:
            self.send(e.Done(ref=command.ref))
        match command:
            case c.WatchRooms(on=on):
                room_news.forget(self._watcher)
                if on:
                    room_news.add_watcher(self._watcher)
            case c.WatchHome(on=on):
                home_news.forget(self._home_watcher)
                if on:
                    home_news.add_watcher(self._home_watcher)

    @property
    def may_use_udp(self) -> bool:
        """Whether a side channel's secret is safe on its way, and datagrams arrive."""
        if self.caller.is_proxied:
            return self.services.udp_is_public and self.who.by_tls
        return self.who.by_tls or is_from_here(self.caller.address)

    async def enter(self, wish: c.EnterRoom, peer: RoomVisitor) -> Room:
        """Enter a room. Raises CommandRefused, StoreError, ConnectionLost."""
        return await self.services.reception.enter(
            *(wish, self.who.person, peer, self.caller.address),
            keeps_name=self.who.keeps_name,
        )

    @property
    def is_current(self) -> bool:
        """Whether the key that signed in is this person's still, or may undo that it is not."""
        identities = self.services.hub.identities
        if self.contests:
            return identities.contested(self.signer)
        return identities.is_in_force(self.signer) and (
            identities.first_key(self.signer) == self.key
        )

    async def ask_desk(
        self,
        command: c.DeskCommand,
        acknowledgements: Acknowledgements,
        nursery: trio.Nursery,
    ) -> None:
        """Have a desk carry out a command, and answer it; ``done`` comes by a task in ``nursery``.

        Whoever ends the visit or the connection meanwhile waits: no desk waits for a network.
        """
        with trio.CancelScope(shield=True):
            try:
                self.judge_haste(command)
                if not self.is_current:
                    raise locked_out()
                before = self.services.reception.known(self.who.person)
                outcome = await self.services.desks.carry_out(self.person, command, self.signer)
            except CommandRefused as error:
                self.refuse(command, error)
                self.caller.conduct.refused()
                return
            except StoreError as error:
                log_failure(self.key, command, error)
                self.refuse_unread(command, error)
                return
        self.services.hub.rename(before, self.services.reception.known(self.who.person))
        for answer in outcome.answers:
            self.send(replace(answer, ref=command.ref))
        name = c.command_name(command)
        acknowledgements.expect(name, command.ref, nursery, outcome.transaction)

    def wait_at_door(self, command: c.Knock) -> None:
        """Wait at the door of a room, in place of any other; or at none."""
        try:
            self.judge_haste(command)
            if not command.on or command.room != self._waits_at:
                self.stop_knocking()
            if command.on and not self._waits_at:
                self._knocks += 1
                answered = partial(self._hear_answer, self._knocks)
                self._stop_knocking = self.services.reception.wait_at_door(
                    command, self.person, self.caller.address, answered
                )
                self._waits_at = command.room
        except CommandRefused as error:
            self.refuse(command, error)
            self.caller.conduct.refused()
        else:
            if command.ref is not None:
                self.send(e.Done(ref=command.ref))

    def _hear_answer(self, knock: int, answer: e.KnockAnswered) -> None:
        if knock == self._knocks:  # it may come late, when they have knocked anew
            self._waits_at, self._stop_knocking = "", _nothing
        self.send(answer)

    def stop_knocking(self) -> None:
        """Wait at no door any longer."""
        stop, self._stop_knocking = self._stop_knocking, _nothing
        self._waits_at = ""
        stop()

    def close(self) -> None:
        """Let go of what refers to the client."""
        self.stop_knocking()
        self.services.hub.connected.remove(self.who.person.id, self.connection)
        self.services.hub.sign_ins.remove(self._sign_in)
        self.voice.close()
        self.services.hub.room_news.forget(self._watcher)
        self.services.desks.home_news.forget(self._home_watcher)


def log_failure(key: str, command: c.Command, error: StoreError) -> None:
    """Log that somebody's command failed as the store cannot be read."""
    facts = {"key": key, "command": c.command_name(command), "why": str(error)}
    log.error("%(key)s asked for %(command)s: %(why)s", facts)


def _nothing() -> None:
    """Do nothing: one waits at no door."""
