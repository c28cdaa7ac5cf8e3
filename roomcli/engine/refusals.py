"""What the server refuses again and again: a key that is held asks thirty times a second for the
same, and a server ends the connection of whoever goes on with what it refuses."""

from __future__ import annotations

from msgspec.structs import replace

from ..protocol.commands import Command
from ..protocol.events import Refused

PATIENCE = 5
"""So many times in a row the same is asked, before the answer is taken for the next as well."""
SECONDS = 2.0
"""From the last refusal on; after that the server is asked again."""


class Refusals:
    """Those of one connection, by the name of the command. Times are seconds, monotonic."""

    def __init__(self) -> None:
        self._asked: dict[str, Command] = {}
        self._refused: dict[str, tuple[Command, Refused, int, float]] = {}

    def asked(self, command: Command) -> None:
        """The server is asked for this."""
        self._asked[_name(command)] = _bare(command)

    def refused(self, answer: Refused, now: float) -> None:
        """The server refused what it was asked last, by that name."""
        command = self._asked.get(answer.command)
        if command is None:
            return
        before, _, times, at = self._refused.get(answer.command, (None, None, 0, 0.0))
        again = before == command and now - at < SECONDS
        self._refused[answer.command] = command, answer, times + 1 if again else 1, now

    def answer_to(self, command: Command, now: float) -> Refused | None:
        """What the server would say once more; None where it shall be asked."""
        kept = self._refused.get(_name(command))
        if kept is None:
            return None
        refused, answer, times, at = kept
        if times < PATIENCE or now - at >= SECONDS or refused != _bare(command):
            return None
        return replace(answer, ref=command.ref)


def _name(command: Command) -> str:
    return str(command.__struct_config__.tag)


def _bare(command: Command) -> Command:
    return replace(command, ref=None)
