"""What was asked for of which nothing is heard but ``done``: then that deserves a word."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from ..protocol.commands import Command, Report, RevokeInvite

PENDING = 100
"""Requests that are remembered; older ones were lost with a connection."""

_DONE: dict[type[Command], str] = {
    Report: "Reported to the server's admins",
    RevokeInvite: "Revoked: nobody can come by it any more",
}


@dataclass
class Requests:
    """Gives such commands a ``ref``, and knows what its ``done`` means."""

    _next: int = 1
    _pending: dict[int, str] = field(default_factory=dict)

    def numbered(self, command: Command) -> Command:
        """The command, with a ``ref`` where the answer is worth a line."""
        words = _DONE.get(type(command))
        if words is None or command.ref is not None:
            return command
        ref, self._next = self._next, self._next + 1
        self._pending[ref] = words
        if len(self._pending) > PENDING:
            del self._pending[next(iter(self._pending))]
        return replace(command, ref=ref)

    def done(self, ref: int) -> str | None:
        """What is carried out, in words."""
        return self._pending.pop(ref, None)
