"""Answers commands that the server has refused several times in a row, without asking it again.

A key that is held asks thirty times a second for the same thing, and a server ends the connection
of a client that repeats refused commands.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e

PATIENCE = 5
"""Refusals in a row after which the same command gets the same answer without the server."""
SECONDS = 2.0
"""Seconds after the last refusal until the server is asked again."""


class Refusals:
    """The refusals on one connection, by command name. Times are seconds, monotonic."""

    def __init__(self) -> None:
        self._asked: dict[str, c.Command] = {}
        self._refused: dict[str, tuple[c.Command, e.Refused, int, float]] = {}

    def asked(self, command: c.Command) -> None:
        """Note a command that is sent to the server."""
        self._asked[c.command_name(command)] = _bare(command)

    def refused(self, answer: e.Refused, now: float) -> None:
        """Note a refusal, which belongs to the last command of its name."""
        command = self._asked.get(answer.command)
        if command is None:
            return
        before, _, times, at = self._refused.get(answer.command, (None, None, 0, 0.0))
        again = before == command and now - at < SECONDS
        self._refused[answer.command] = command, answer, times + 1 if again else 1, now

    def answer_to(self, command: c.Command, now: float) -> e.Refused | None:
        """Return the refusal that the server would repeat; None if the server should be asked."""
        kept = self._refused.get(c.command_name(command))
        if kept is None:
            return None
        refused, answer, times, at = kept
        if times < PATIENCE or now - at >= SECONDS or refused != _bare(command):
            return None
        return replace(answer, ref=command.ref)


def _bare(command: c.Command) -> c.Command:
    return replace(command, ref=None)
