"""What the frontend writes, line by line: it waits for the room, is read, and done in its order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import trio

from ..errors import CommandRefused, ProtocolError
from ..protocol.commands import Leave, RoomCommand
from ..protocol.events import Done, Event, Refused
from ..protocol.local import ChannelCommand, Problem, RenewMicrophone
from .channel import Channel, Reading, decode, object_of, ref_of
from .errands import Answer, List
from .orders import Orders

MAX_EARLY = 100
"""Lines that wait for the room to be entered; beyond these no more are read."""
ANSWER_SECONDS = 5.0
"""How long a line waits for the room to tell who is meant."""

Line = bytes | ProtocolError
"""A line, or why it could not be taken in."""


class Inbox:
    """``obey`` does what is asked, ``tell`` answers, ``leave`` ends the stay.

    What is written before :meth:`begin` waits, but for what must not: the end of an ``owned``
    engine's frontend, or anybody's before anything else was asked.
    """

    def __init__(
        self,
        channel: Channel,
        orders: Orders,
        obey: Callable[[ChannelCommand], None],
        tell: Callable[[Event], None],
        leave: Callable[[], None],
        *,
        owned: bool,
    ) -> None:
        self._channel = channel
        self._orders = orders
        self._obey = obey
        self._tell = tell
        self._leave = leave
        self._owned = owned
        self._is_open = trio.Event()
        self._put, self._get = trio.open_memory_channel[Line](MAX_EARLY)

    def begin(self) -> None:
        """The room is entered: what waited is done."""
        self._is_open.set()

    async def run(self) -> None:
        """Until the frontend ends its side, or leaves."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._do_lines)
            async with self._put:
                await self._take_lines()

    async def _take_lines(self) -> None:
        while True:
            try:
                line: Line | None = await self._channel.receive_line()
            except ProtocolError as error:
                line = error
            if line is None:
                if self._leaves_at_once:
                    self._leave()
                return
            match _command_in(line):
                case RenewMicrophone() as renewal:
                    self._obey(renewal)
                case Leave() if self._leaves_at_once:
                    self._leave()
                case _:
                    await self._put.send(line)

    @property
    def _leaves_at_once(self) -> bool:
        nothing_waits = self._put.statistics().current_buffer_used == 0
        return self._owned or (nothing_waits and not self._is_open.is_set())

    async def _do_lines(self) -> None:
        await self._is_open.wait()
        async for line in self._get:
            try:
                if isinstance(line, ProtocolError):
                    raise line
                self._obey(await self._parse(line))
            except ProtocolError as error:
                ref = ref_of(line) if isinstance(line, bytes) else error.ref
                self._tell(Problem(code=error.code, text=str(error), ref=ref))
            except CommandRefused as refusal:
                assert isinstance(line, bytes)
                name, ref = str(object_of(line).get("command")), ref_of(line)
                text = str(refusal)
                self._tell(Refused(command=name, code=refusal.code, text=text, ref=ref))
        self._leave()

    async def _parse(self, line: bytes) -> ChannelCommand:
        """The command in a line; a script may name people as a person does."""
        grammar = self._channel.grammar
        if grammar is None:
            return decode(line)
        reading = grammar.reading(object_of(line))
        while (question := reading.question()) is not None:
            if not await self._ask_room(question, reading):
                break
        return reading.command()

    async def _ask_room(self, question: RoomCommand, reading: Reading) -> bool:
        """Ask the room for a list on behalf of a line; whether it was told."""
        answers: list[Answer] = []
        over = trio.Event()

        def answered(answer: Answer) -> None:
            answers.append(answer)
            if isinstance(answer, Done | Refused):
                over.set()

        self._orders.run_errand(question, answered, trio.current_time())
        with trio.move_on_after(ANSWER_SECONDS):
            await over.wait()
        for answer in answers:
            if isinstance(answer, List) and self._channel.grammar is not None:
                self._channel.grammar.hear(answer)
            reading.hear(answer)
        return any(isinstance(answer, Done) for answer in answers)


def _command_in(line: Line) -> ChannelCommand | None:
    """The command of a line that needs no room to be read."""
    if isinstance(line, bytes):
        with contextlib.suppress(ProtocolError):
            return decode(line)
    return None
