"""The frontend for scripts and window managers: sends one command to an engine that is in a room.

Uses blocking sockets and few imports: somebody holds a key down until this is done.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..errors import CommandRefused, ConnectionFailed, ConnectionLost, UsageError
from ..folders import engine_sockets
from .grammar.control_words import key_command

PATIENCE = 5.0
"""Seconds that an engine may take to send one line."""
MAX_LINE = 1024 * 1024
"""Longest line in bytes: the state of a room lists everybody on stage."""
REF = 1
"""The ``ref`` of the only command that a connection carries."""
_NO_ANSWER = "the process that is in {} does not answer: leave there and enter again"


class EngineInRoom:
    """A connection to the socket of one engine that is in a room.

    ``state`` is what the engine says of itself and the room. Raises EOFError if the engine leaves
    the room at this moment, OSError or ValueError if it does not answer.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self.state = self._next()
        self.room = str(self.state.get("room"))

    def ask(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        """Carry out ``command`` and return the events that answer it, if it is a question.

        Raises CommandRefused, or ConnectionLost if no answer comes.
        """
        told: list[dict[str, Any]] = []
        try:
            self._connection.sendall(json.dumps({**command, "ref": REF}).encode() + b"\n")
            answer = self._next()
            while answer.get("ref") != REF or answer.get("event") not in ("done", "refused"):
                told.append(answer)
                answer = self._next()
        except (OSError, EOFError, ValueError):
            raise ConnectionLost(_NO_ANSWER.format(self.room)) from None
        if answer["event"] == "refused":
            raise CommandRefused(answer["code"], answer["text"])
        return [each for each in told if each.get("ref") == REF or each["event"] == "joined"]

    def _next(self) -> dict[str, Any]:
        line = self._lines.readline(MAX_LINE)
        if not line:
            raise EOFError
        event = json.loads(line)
        if not isinstance(event, dict):
            raise ValueError(line)
        return event


def answer(words: Sequence[str], room: str | None) -> str:
    """Do what ``words`` say and return the text to print.

    ``room`` names the room; None stands for the only one that is open here. Raises ConnectionFailed
    if no room is open here, UsageError if several are or the words make no command, CommandRefused,
    and ConnectionLost if the engine does not answer.
    """
    asked_at = time.monotonic()
    with ExitStack() as stack:
        engine = _chosen(_found(stack), room)
        if list(words) == ["state"]:
            return json.dumps(engine.state)
        command = key_command(words) or _command_of(words, engine)
        if isinstance(command, str):
            return command
        if command["command"] == "push_to_talk":
            command["at"] = asked_at
        told = engine.ask(command)
        return "\n".join(map(json.dumps, told))


def look_into_rooms(patience: float) -> list[tuple[str, list[str]]]:
    """Return the rooms that are open here, each with the names of the people in sight.

    An engine that does not answer within ``patience`` seconds is left out. Raises ConnectionLost if
    none does, CommandRefused if one is not in its room yet.
    """
    with ExitStack() as stack:
        return [
            (engine.room, [*_names_in(engine.ask({"command": "read_room"}))])
            for engine in _found(stack, patience)
        ]


def _names_in(answers: list[dict[str, Any]]) -> Iterator[str]:
    for joined in answers:
        for person in joined["view"]["people"].values():
            yield str(person["name"])


def _command_of(words: Sequence[str], engine: EngineInRoom) -> dict[str, Any] | str:
    # Imported here: the commands of keys must not wait for it.
    from .grammar.control_room import command_of

    return command_of(words, engine.ask)


def _chosen(engines: list[EngineInRoom], room: str | None) -> EngineInRoom:
    rooms = sorted(engine.room for engine in engines)
    fitting = [engine for engine in engines if room in (None, engine.room)]
    if not fitting:
        there = (
            f"{room} is not open here: {', '.join(rooms)}"
            if rooms
            else "no room is open here: join one"
        )
        raise ConnectionFailed(there)
    if len(fitting) == 1:
        return fitting[0]
    if room is not None:
        raise UsageError(f"{room} is open {len(fitting)} times here: leave all but one")
    raise UsageError(f"{len(rooms)} rooms are open here: say which with --room: {', '.join(rooms)}")


def _found(stack: ExitStack, patience: float = PATIENCE) -> list[EngineInRoom]:
    """Return the engines that answer. Raises ConnectionLost if there are some but none answers."""
    engines, silent = [], 0
    for path in filter(_is_ours, engine_sockets()):
        connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        connection.settimeout(patience)
        try:
            connection.connect(str(path))
            engines.append(EngineInRoom(connection))
        except ConnectionRefusedError:
            if not _lives(path):  # an engine that starts has a socket before it listens
                path.unlink(missing_ok=True)
        except (EOFError, FileNotFoundError, ConnectionError):  # the engine leaves at this moment
            continue
        except (OSError, ValueError):
            silent += 1
    if silent and not engines:
        raise ConnectionLost(_NO_ANSWER.format("a room here"))
    return engines


def _is_ours(path: Path) -> bool:
    """Whether ``path`` is a socket that belongs to this account; others are never obeyed."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()


def _lives(path: Path) -> bool:
    """Whether the process whose id is in the socket's name is alive."""
    try:
        os.kill(int(path.stem.removeprefix("engine-")), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
