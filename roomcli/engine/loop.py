"""The engine's life: at home or in a room, and from one into the other, until it ends."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

from ..errors import RoomcliError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address, parse_address
from ..protocol.local import ChannelCommand, Enter, Left, Problem
from .channel import Channel
from .home import Home
from .inbox import Inbox
from .keys import PersonalKey, personal_key
from .replies import NOT_CONNECTED, Answered
from .session import RoomSession


class EngineLoop:
    """One engine, from its first room or from home on.

    ``claim_path`` is the user's file that says which engine has the microphone. With ``owned`` a
    frontend owns the engine, which then ends with it at once. ``serve`` runs beside each stay in a
    room, such as the control socket does. ``key`` gives the key that the person signs with, when a
    room is entered.
    """

    def __init__(
        self,
        channel: Channel,
        claim_path: Path,
        *,
        owned: bool,
        serve: Callable[[RoomSession], Awaitable[object]] | None = None,
        key: Callable[[], PersonalKey] = personal_key,
    ) -> None:
        self._channel = channel
        self._claim_path = claim_path
        self._owned = owned
        self._serve = serve
        self._key = key
        self._home = Home(channel.send)
        self.room: RoomSession | None = None
        """The stay in a room, if the engine is in one or about to enter it."""
        self._next: tuple[Address, Enter] | None = None
        self._left: Left | None = None
        self._home_over = trio.Event()
        self._inbox = Inbox(
            channel, self._ask, self._obey, self.tell, self._leave_as_asked, owned=owned
        )
        channel.snapshot = lambda: self.room.snapshot() if self.room is not None else []

    async def run(self, enter: Enter | None) -> int:
        """Live until the frontend leaves, or the room that was entered last ends.

        ``enter`` names the first room; None begins at home. Returns the exit code.
        """
        if enter is not None:
            self._enter(enter)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._inbox.run)
            while self._left is None:
                if self._next is None:
                    await self._stay_home()
                else:
                    await self._stay_in_room(*self._next)
            nursery.cancel_scope.cancel()
        self._channel.send(self._left)
        return self._left.exit_code

    def leave(self, left: Left) -> None:
        """End the engine; the first reason that is given counts."""
        if self._left is None:
            self._left = left
            self._go()

    def tell(self, event: e.Event) -> None:
        """Send an event to the frontend; in a room, after ``joined``."""
        if self.room is not None:
            self.room.tell(event)
        else:
            self._channel.send(event)

    async def _stay_home(self) -> None:
        self._home_over = trio.Event()
        self._inbox.begin()
        await self._home.run(self._home_over)

    async def _stay_in_room(self, address: Address, enter: Enter) -> None:
        self._next = None
        try:
            key = self._key()
        except RoomcliError as error:
            self.leave(Left(code="cannot_start", text=str(error), exit_code=2))
            return
        self.room = RoomSession(
            address,
            enter,
            key,
            self._channel,
            self._claim_path,
            self._inbox.begin,
            self._leave_as_asked,
            owned=self._owned,
        )
        # Objects made so far stay; the collector need not visit them while voice runs.
        gc.collect()
        gc.freeze()
        async with trio.open_nursery() as nursery:
            if self._serve is not None:
                nursery.start_soon(self._serve, self.room)
            left = await self.room.run()
            nursery.cancel_scope.cancel()
        self.room = None
        if self._next is None:
            self.leave(left)

    def _obey(self, command: ChannelCommand) -> None:
        match command:
            case c.Leave():
                self._leave_as_asked()
            case Enter():
                self._enter(command)
            case _ if self.room is not None:
                self.room.obey(command)
            case _:
                self._home.obey(command)

    def _enter(self, enter: Enter) -> None:
        """Enter a room, after leaving the one before."""
        try:
            self._next = parse_address(enter.url), enter
        except RoomcliError as error:
            if self.room is None:
                self.leave(Left(code="cannot_start", text=str(error), exit_code=2))
            else:
                self.tell(Problem(code="bad_address", text=str(error), ref=enter.ref))
            return
        self._inbox.wait()
        self._go()

    def _go(self) -> None:
        """End what goes on now, for what comes next."""
        self._home_over.set()
        if self.room is not None:
            self.room.leave(self._left or Left(code="left", text="you left", exit_code=0))

    def _ask(self, question: c.RoomCommand, answered: Answered) -> None:
        if self.room is not None:
            self.room.ask(question, answered)
        else:
            answered(e.Refused(command="", code="not_connected", text=NOT_CONNECTED))

    def _leave_as_asked(self) -> None:
        self.leave(Left(code="left", text="you left", exit_code=0))
