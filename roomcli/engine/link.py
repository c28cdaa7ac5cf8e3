"""The link to a server: a connection, and another one when that breaks.

It runs as a task, and what it has to tell comes by a memory channel, in the order in which it
happened. Which room the person wants to be in outlives each connection (``stays``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import trio

from ..audio.encoder_control import UplinkLoad
from ..errors import ConnectionFailed, ConnectionLost
from ..protocol import commands as c
from ..protocol.address import Address
from ..protocol.audio import HOME, UplinkFrame
from ..protocol.health import VoiceWay
from ..protocol.local import Connection, Enter, Problem
from ..protocol.text import cleaned
from ..wire.connection import WebSocket
from ..wire.dial import NotSpoken, dial
from ..wire.other_way import in_other_words, other_way
from .addresses import ServerAddresses
from .backoff import SETTLED, Backoff
from .dialogue import Dialogue, LinkNews
from .ending import ComeBack, Ending
from .health import LinkTotals
from .hello import Introduction
from .keys import PersonalKey
from .known_servers import KnownServers
from .pinning import dial_known
from .stays import Stays

VOICE_MAX_AGE = 0.2
"""Seconds of voice that may wait in this machine; older voice is never sent late."""

CONNECTION_FAILED = "connection_failed"
"""The code of the ending when no connection came about at all."""
MAX_TEXT = 800
"""Characters of why a connection ended: enough for two long names of hosts and a pin."""
TRY_SECONDS = 3.0
"""Until a server that does not answer is left for another one of its cluster."""
MAX_NEWS = 16
"""News that may wait to be received; less than what a server sends without acknowledgement."""
Watch = type[c.WatchRooms] | type[c.WatchHome]
WATCHES: tuple[Watch, ...] = (c.WatchRooms, c.WatchHome)
"""The kinds of news that one can be told at home, in the order in which they are asked for."""


class ServerConnection:
    """The link to one server. :meth:`run` lasts until it is cancelled, or the server ends it.

    ``address`` may be that of any room there. Whoever runs it has to receive :attr:`news`
    meanwhile: while they fall behind, the connection is not read, and the server holds voice back,
    since it is not acknowledged. With ``echoes`` the server is asked, on each connection, to send
    one's own voice back at home.
    """

    def __init__(
        self,
        address: Address,
        name: str,
        headline: str,
        key: PersonalKey,
        clock: Callable[[], float] = trio.current_time,
        *,
        keeps_name: bool = False,
        echoes: bool = False,
    ) -> None:
        self._addresses = ServerAddresses(address)
        self._introduction = Introduction(address.authority, name, headline, keeps_name, key)
        self._tell, self.news = trio.open_memory_channel[LinkNews](MAX_NEWS)
        self._clock = clock
        self._echoes = echoes
        self._known = KnownServers()
        self._stays = Stays()
        self._watches: frozenset[Watch] = frozenset()
        self._dialogue: Dialogue | None = None
        """The connection that there is; once its hello was sent, more can be said over it."""
        self.playing_delay: int | None = None
        """How many milliseconds after its arrival voice is heard here; None if nobody listens."""
        self._has_arrived = False
        """Whether the person ever came where they wanted to be, so that coming back makes sense."""
        self._backoff: Backoff | None = None
        self._hurry = trio.Event()
        self._attempt = trio.CancelScope()

    # What the person wants.

    def enter(self, address: Address, enter: Enter) -> int:
        """Enter a room of this server, and leave the one before; return the number of the stay.

        The room answers by ``joined`` or a refusal of ``enter_room``.
        """
        self._stop_knocking()
        self._stays.want(address, enter)
        if (dialogue := self._open) is not None:
            dialogue.fall_silent()
            dialogue.ask_in()
        else:
            self._hurry.set()
        return self._stays.number

    def leave(self) -> bool:
        """Leave the room; return whether its ``room_left`` is worth waiting for."""
        was_wanted, was_inside = self._stays.wanted is not None, self._stays.visit != HOME
        if self._stop_knocking():
            was_wanted = False
        self._stays.want_none()
        if (dialogue := self._open) is None:
            return False
        dialogue.fall_silent()
        if not was_wanted or not dialogue.is_usable:
            return False
        dialogue.say(c.LeaveRoom())
        return was_inside

    def follow_news(self, watches: frozenset[Watch]) -> None:
        """Ask for these kinds of news from now on, also after a reconnect, and for no others."""
        before, self._watches = self._watches, watches
        if (dialogue := self._open) is not None:
            for kind in WATCHES:
                if (kind in before) != (kind in watches):
                    dialogue.say(kind(on=kind in watches))

    def _watching(self) -> Iterator[c.HomeCommand]:
        for kind in WATCHES:
            if kind in self._watches:
                yield kind()
        if self._echoes:
            yield c.EchoVoice()

    def _stop_knocking(self) -> bool:
        """Wait at no door any longer; return whether the person did."""
        knock, dialogue = self._stays.leave_door(), self._open
        if knock is not None and dialogue is not None and dialogue.is_usable:
            dialogue.say(knock)
        return knock is not None

    def send(self, command: c.RoomCommand | c.DeskCommand) -> bool:
        """Send a command; return False without a connection, or without a room that it is for."""
        needs_room = not isinstance(command, c.DeskCommand)
        dialogue = self._open
        if (needs_room and self._stays.visit == HOME) or dialogue is None:
            return False
        if not dialogue.is_usable:
            return False
        dialogue.say(command)
        return True

    def send_voice(self, frame: UplinkFrame) -> None:
        """Send a voice frame, unless the server has not acknowledged earlier ones in time."""
        if (dialogue := self._open) is not None:
            dialogue.send_voice(frame)

    def reconnect_now(self, why: str) -> None:
        """Drop the connection and connect again at once, because the machine slept."""
        self._backoff = None
        self._hurry.set()
        if self._arrived and self._open is not None:
            self.cut(why)
        else:
            self._attempt.cancel()

    def hurry(self) -> None:
        """Try again at once, if this waits until it tries again."""
        self._hurry.set()

    def cut(self, why: str) -> None:
        """End the connection at once, even with messages in the queue."""
        if (dialogue := self._open) is not None:
            dialogue.cut(why)

    @property
    def rtt(self) -> float | None:
        """The round trip in seconds; None without a connection."""
        return dialogue.rtt if (dialogue := self._open) is not None else None

    @property
    def round_trips(self) -> tuple[float, ...]:
        """The last round trips in seconds, the newest last."""
        return dialogue.round_trips if (dialogue := self._open) is not None else ()

    @property
    def voice_dropped(self) -> int:
        """Frames of one's own voice that did not leave over this connection in time."""
        return dialogue.voice_dropped if (dialogue := self._open) is not None else 0

    @property
    def uplink_load(self) -> UplinkLoad | None:
        """How much of what is said waits on its way; None without a connection."""
        return dialogue.uplink_load if (dialogue := self._open) is not None else None

    @property
    def totals(self) -> LinkTotals:
        """What the connection has measured and counted; nothing without one."""
        dialogue = self._open
        if dialogue is None:
            return LinkTotals()
        return LinkTotals(dialogue.rtt or None, dialogue.voice_dropped, *dialogue.voice_ways)

    @property
    def voice_ways(self) -> tuple[VoiceWay, VoiceWay] | None:
        """The way of one's own voice, and that of the others'; None while one is in no room."""
        dialogue = self._open
        return None if dialogue is None or self._stays.visit == HOME else dialogue.voice_ways

    @property
    def hears_datagrams(self) -> bool | None:
        """Whether anything came by UDP in this visit; None where no UDP is offered."""
        return dialogue.hears_datagrams if (dialogue := self._open) is not None else None

    @property
    def _open(self) -> Dialogue | None:
        dialogue = self._dialogue
        return dialogue if dialogue is not None and dialogue.is_open else None

    @property
    def _arrived(self) -> bool:
        dialogue = self._dialogue
        return self._has_arrived or (dialogue is not None and dialogue.has_arrived)

    # The connections.

    async def run(self) -> None:
        """Stay connected, and connect again when the connection breaks; tell why it ended.

        When the server says to come back later, this waits, the first time too. When a room is to
        be entered and the first connection fails for another reason, that is the ending, with the
        code ``connection_failed``.
        """
        async with self._tell:
            try:
                ending = await self._stay_connected()
            except ConnectionFailed as error:
                ending = Ending(CONNECTION_FAILED, str(error))
            await self._tell.send(LinkNews(0, ending))

    async def _stay_connected(self) -> Ending:
        """Connect again and again, until an ending; raises ConnectionFailed as :meth:`run` says."""
        while True:
            self._hurry = trio.Event()
            outcome = await self._attempt_connection()
            if isinstance(outcome, Ending):
                return outcome
            now = self._clock()
            self._backoff = self._backoff or Backoff(now)
            # Who is told when to come waits for that server.
            at_once = not outcome.after and self._addresses.choose_next(elsewhere=outcome.elsewhere)
            pause = 0.0 if at_once or self._hurry.is_set() else self._backoff.pause(now)
            pause = max(pause, outcome.after)
            await self._tell.send(
                LinkNews(
                    0,
                    Connection(
                        state="reconnecting" if self._has_arrived else "connecting",
                        text=cleaned(outcome.text, MAX_TEXT),
                        retry_in=round(pause, 1),
                    ),
                )
            )
            with trio.move_on_after(pause):
                await self._hurry.wait()

    async def _attempt_connection(self) -> Ending | ComeBack:
        """Use one connection until it ends; return how it ended.

        Raises ConnectionFailed as :meth:`run` says.
        """
        with trio.CancelScope() as self._attempt:
            try:
                return await self._converse()
            except ConnectionFailed as error:
                if self._stays.wanted is not None and not self._has_arrived:
                    raise ConnectionFailed(await self._explained(error)) from None
                return ComeBack(str(error))
            except ConnectionLost as error:
                if self._stays.wanted is not None and not self._has_arrived:
                    why = f"{self._addresses.home.authority}: {cleaned(str(error), MAX_TEXT)}"
                    raise ConnectionFailed(why) from None
                return ComeBack(str(error))
        return ComeBack("tried again")

    async def _converse(self) -> Ending | ComeBack:
        """Use one connection; raises ConnectionFailed and ConnectionLost."""
        outcome: Ending | ComeBack | ConnectionFailed | ConnectionLost
        async with trio.open_nursery() as nursery:
            try:
                outcome = await self._connected(nursery)
            except (ConnectionFailed, ConnectionLost) as error:
                outcome = error
            nursery.cancel_scope.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _connected(self, nursery: trio.Nursery) -> Ending | ComeBack:
        connection, certificate_hash = await self._dialled(nursery)
        dialogue = Dialogue(
            connection,
            certificate_hash,
            replace(self._introduction, authority=self._addresses.current.authority),
            self._stays,
            self._tell,
            self._clock,
            lambda: self.playing_delay,
            self._addresses.note_others,
            echoes=self._echoes,
        )
        self._dialogue = dialogue
        try:
            return await dialogue.run(nursery, watches=self._watching)
        finally:
            self._dialogue = None
            if dialogue.has_arrived:
                self._has_arrived = True
                self._addresses.note_arrival()
                if self._clock() - dialogue.arrived_at >= SETTLED:
                    self._backoff = None

    async def _dialled(self, nursery: trio.Nursery) -> tuple[WebSocket, bytes]:
        """Return a connection to the address that is to be tried, and its certificate's hash."""
        address = self._addresses.current
        with trio.move_on_after(TRY_SECONDS if self._addresses.has_more else math.inf):
            if address is not self._addresses.home:
                return await dial(nursery, address, voice_max_age=VOICE_MAX_AGE)
            warnings: list[str] = []
            dialled = await dial_known(
                nursery, address, self._known, warnings.append, voice_max_age=VOICE_MAX_AGE
            )
            for text in warnings:
                await self._tell.send(LinkNews(0, Problem(code="unproven_server", text=text)))
            return dialled
        raise ConnectionFailed(f"{address.authority} does not answer")

    async def _explained(self, error: ConnectionFailed) -> str:
        """Return why the first connection failed, and what to type for a nearly right address."""
        if isinstance(error, NotSpoken):
            address, intent = self._addresses.home, "join"
            if (stay := self._stays.wanted) is not None:
                address, intent = stay.address, stay.enter.intent
            find = partial(other_way, address)
            other = await trio.to_thread.run_sync(find, abandon_on_cancel=True)
            if other is not None:
                return in_other_words(address, other, f"roomcli {intent} '{other}'")
        return str(error)
