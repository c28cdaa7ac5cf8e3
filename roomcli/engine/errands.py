"""Commands over the same connection from others than the frontend, and who gets each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e

FIRST_REF = 1 << 51
"""The first ref of errands: above the refs that a frontend uses, below the microphone's own."""
LAST_REF = 1 << 52
MAX_OPEN = 1000

List = (
    e.PeoplePage
    | e.ChatPage
    | e.LogPage
    | e.BanList
    | e.SilenceList
    | e.RoomInviteList
    | e.RoomInviteMade
)
"""The answers that bring a list, which come before ``done``."""
Answer = e.Done | e.Refused | List
C = TypeVar("C", bound=c.Command)


class Errands:
    """Gives each command a ref of its own, and delivers the answers to it."""

    def __init__(self) -> None:
        self._next = FIRST_REF
        self._open: dict[int, Callable[[Answer], None]] = {}

    def forward(self, command: C, answered: Callable[[Answer], None]) -> C:
        """Return the command with a ref of its own; ``answered`` gets each answer to it.

        The last answer is ``done`` or ``refused``.
        """
        ref, self._next = self._next, self._next + 1
        if len(self._open) >= MAX_OPEN:
            del self._open[next(iter(self._open))]
        self._open[ref] = answered
        return replace(command, ref=ref)

    def deliver(self, answer: Answer) -> bool:
        """Deliver an answer to whoever asked; return whether it belongs to an errand."""
        ref = answer.ref or 0
        answered = self._open.get(ref)
        if isinstance(answer, e.Done | e.Refused):
            self._open.pop(ref, None)
        if answered is not None:
            answered(answer)
        return FIRST_REF <= ref < LAST_REF

    def fail(self, text: str) -> None:
        """Refuse all open errands with ``text``, because the connection is lost."""
        waiting, self._open = self._open, {}
        for ref, answered in waiting.items():
            answered(e.Refused(command="", code="not_connected", text=text, ref=ref))
