"""The one table of pending replies: who waits for the answer to which command.

Whoever asks (the frontend, ``roomcli ctl``, the microphone itself), each command gets a number of
this engine's on its way to the server, and each answer goes to whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.health import Stats
from ..protocol.local import DeviceList
from ..protocol.sound import SoundChanged
from .refusals import Refusals

NOT_CONNECTED = "there is no connection to the server at the moment"
MAX_PENDING = 10_000
"""Commands whose answers are waited for; beyond that, the oldest is forgotten."""

List = (
    e.PeoplePage
    | e.ChatPage
    | e.LogPage
    | e.BanList
    | e.SilenceList
    | e.RoomInviteList
    | e.RoomInviteMade
    | e.DeskEvent
)
"""The answers that bring what was asked for, which come before ``done``."""
Answer = e.Done | e.Refused | List | DeviceList | SoundChanged | Stats
Answered = Callable[[Answer], None]
"""Gets each answer to a command, last ``done`` or ``refused``; the ``ref`` in it is not the one
that the asker gave."""


class PendingReplies:
    """Numbers the commands that ``send`` gives to the server, and delivers the answers.

    ``send`` returns False when there is no connection. ``clock`` is in seconds.
    """

    def __init__(
        self,
        send: Callable[[c.RoomCommand | c.DeskCommand], bool],
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._send = send
        self._clock = clock
        self._refusals = Refusals()
        self._next = 1
        self._pending: dict[int, tuple[str, Answered]] = {}

    def forward(self, command: c.RoomCommand | c.DeskCommand, answered: Answered) -> None:
        """Send a command to the server; ``answered`` gets the answers, a refusal of ours too."""
        name = str(command.__struct_config__.tag)
        if not isinstance(command, c.Mute):  # which is sent however often it was refused
            if refused := self._refusals.answer_to(command, self._clock()):
                answered(refused)
                return
            self._refusals.asked(command)
        number, self._next = self._next, self._next + 1
        if not self._send(replace(command, ref=number)):
            answered(_not_connected(name))
            return
        if len(self._pending) >= MAX_PENDING:
            del self._pending[next(iter(self._pending))]
        self._pending[number] = name, answered

    def deliver(self, answer: Answer) -> bool:
        """Deliver an answer of the server; return False if it answers no command of ours."""
        if isinstance(answer, e.Refused):
            self._refusals.refused(answer, self._clock())
        if answer.ref is None:
            return False
        _, answered = self._pending.get(answer.ref, ("", None))
        if isinstance(answer, e.Done | e.Refused):
            self._pending.pop(answer.ref, None)
        if answered is not None:
            answered(answer)
        return True

    def fail(self) -> None:
        """Refuse all commands that have no answer yet, because the connection is lost."""
        pending, self._pending = self._pending, {}
        for name, answered in pending.values():
            answered(_not_connected(name))


def _not_connected(name: str) -> e.Refused:
    return e.Refused(command=name, code="not_connected", text=NOT_CONNECTED)
