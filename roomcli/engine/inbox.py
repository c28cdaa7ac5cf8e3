"""The inbox for a frontend's lines: they wait for the room, are read, and are done in order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import trio

from ..errors import CommandRefused, ProtocolError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.channel_lines import for_server
from ..protocol.local import ChannelCommand, ForServer, Problem, RenewMicrophone
from .channel import Channel, Reading, decode, object_of, ref_of
from .replies import Answer, Answered, List

MAX_EARLY = 100
"""Lines that may wait until the room is entered; after these, no more lines are read."""
ANSWER_SECONDS = 5.0
"""Seconds that a line waits for the room to tell which person is meant."""

Line = bytes | ProtocolError
"""A line, or the error that says why it could not be read."""


class Inbox:
    """Reads a frontend's lines.

    ``obey`` carries them out, ``ask`` asks the room for what a line needs to be understood,
    ``tell`` answers, ``leave`` ends the engine.

    Lines wait until :meth:`begin`, and again from :meth:`wait` on: while a room is being entered.
    Two endings do not wait: that of the frontend of an ``owned`` engine, and any frontend's if no
    other line came before.
    """

    def __init__(
        self,
        channel: Channel,
        ask: Callable[[c.RoomCommand, Answered], None],
        obey: Callable[[ChannelCommand | ForServer], None],
        tell: Callable[[e.Event], None],
        leave: Callable[[], None],
        *,
        owned: bool,
    ) -> None:
        self._channel = channel
        self._ask = ask
        self._obey = obey
        self._tell = tell
        self._leave = leave
        self._owned = owned
        self._is_open = trio.Event()
        self._is_at_door = False
        self._put, self._get = trio.open_memory_channel[Line](MAX_EARLY)

    def begin(self) -> None:
        """Carry out lines from now on, those that waited first."""
        self._is_open.set()

    def wait(self) -> None:
        """Let the lines after this one wait until :meth:`begin`: a room is being entered."""
        self._is_at_door = False
        if self._is_open.is_set():
            self._is_open = trio.Event()

    def wait_at_door(self) -> None:
        """Let the lines wait for as long as somebody likes, who may leave before they enter."""
        self._is_at_door = True

    async def run(self) -> None:
        """Read and carry out lines until the frontend ends its side, or leaves."""
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
                case c.Leave() if self._leaves_at_once:
                    self._leave()
                case c.LeaveRoom() as leaving if self._is_at_door and self._leaves_at_once:
                    self._obey(leaving)
                case _:
                    await self._put.send(line)

    @property
    def _leaves_at_once(self) -> bool:
        nothing_waits = self._put.statistics().current_buffer_used == 0
        return not self._is_open.is_set() and (self._owned or nothing_waits)

    async def _do_lines(self) -> None:
        await self._is_open.wait()
        async for line in self._get:
            await self._is_open.wait()
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
                self._tell(e.Refused(command=name, code=refusal.code, text=text, ref=ref))
        self._leave()

    async def _parse(self, line: bytes) -> ChannelCommand | ForServer:
        """Return the command in a line; a script may name people as a person does."""
        grammar = self._channel.grammar
        if grammar is None:
            return decode(line)
        fields = object_of(line)
        server = fields.pop("server", "")
        if not isinstance(server, str):
            raise ProtocolError("bad_message", "not a command: server is the URL of a server")
        reading = grammar.reading(fields)
        while (question := reading.question()) is not None:
            if not await self._ask_room(question, reading):
                break
        return for_server(server, reading.command())

    async def _ask_room(self, question: c.RoomCommand, reading: Reading) -> bool:
        """Ask the room for a list that a line needs; return whether the room gave it."""
        answers: list[Answer] = []
        over = trio.Event()

        def answered(answer: Answer) -> None:
            answers.append(answer)
            if isinstance(answer, e.Done | e.Refused):
                over.set()

        self._ask(question, answered)
        with trio.move_on_after(ANSWER_SECONDS):
            await over.wait()
        for answer in answers:
            if isinstance(answer, List) and self._channel.grammar is not None:
                self._channel.grammar.hear(answer)
            reading.hear(answer)
        return any(isinstance(answer, e.Done) for answer in answers)


def _command_in(line: Line) -> ChannelCommand | ForServer | None:
    """Return the command in a line if the line can be read without the room, else None."""
    if isinstance(line, bytes):
        with contextlib.suppress(ProtocolError):
            return decode(line)
    return None
