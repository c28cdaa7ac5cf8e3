"""What was asked for of which nothing is heard but ``done``: then that deserves a word."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from ..protocol.commands import AskToUnmute, Command, GiveTime, Report

PENDING = 100
"""Requests that are remembered; older ones were lost with a connection."""

_DONE: dict[type[Command], str] = {
    Report: "Reported to the server's admins",
    AskToUnmute: "{name} is asked to speak",
    GiveTime: "{name} has more time",
}


@dataclass
class Requests:
    """Gives such commands a ``ref``, and knows what its ``done`` means."""

    _next: int = 1
    _pending: dict[int, str] = field(default_factory=dict)

    def numbered(self, command: Command, name: str) -> Command:
        """The command, with a ``ref`` if its ``done`` deserves a line about ``name``."""
        words = _DONE.get(type(command))
        if words is None or command.ref is not None:
            return command
        ref, self._next = self._next, self._next + 1
        self._pending[ref] = words.format(name=name)
        if len(self._pending) > PENDING:
            del self._pending[next(iter(self._pending))]
        return replace(command, ref=ref)

    def done(self, ref: int) -> str | None:
        """What is carried out, in words."""
        return self._pending.pop(ref, None)
