"""The one table of pending replies: who waits for the answer to which command.

Whoever asks (the frontend, ``roomcli ctl``, the microphone itself), each command gets a random
number of this engine's on its way to the server, and each answer goes to whoever asked. Where a
connection breaks before the answer, the command is given again in the room under the same number,
by which a server knows whether it has carried it out.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import NamedTuple

import trio
from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.health import Stats
from ..protocol.local import DeviceList
from ..protocol.sound import SoundChanged
from .refusals import Refusals

NOT_CONNECTED = "there is no connection to the server at the moment"
UNANSWERED = (
    "the connection was lost before the server answered, and it is not known whether this was"
    " done: look, and do it again if it was not"
)
"""What is told of a command that is not given again."""
MAX_PENDING = 10_000
"""Commands whose answers are waited for; beyond that, the oldest is forgotten."""
AGAIN_SECONDS = 30.0
"""For how long a command may be given again: later nobody expects it any more."""
MOST_AGAIN = 32
"""Commands that are given again, the newest; a server keeps the answers to more of a person."""
REFS = 2**53
"""How many numbers there are for commands."""


def _random_ref() -> int:
    return secrets.randbelow(REFS)


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
_Sent = c.RoomCommand | c.DeskCommand


class _Pending(NamedTuple):
    command: _Sent
    answered: Answered
    at: float

    @property
    def may_be_repeated(self) -> bool:
        """Whether it is of a kind that may be given again; only rooms know what they have done."""
        return not isinstance(self.command, c.DeskCommand | c.OnceOnlyCommand)

    def refuse(self, text: str) -> None:
        self.answered(_not_connected(self.command, text))


class PendingReplies:
    """Numbers the commands that ``send`` gives to the server, and delivers the answers.

    ``send`` returns False when there is no connection. ``clock`` is in seconds. ``new_ref`` gives
    the numbers.
    """

    def __init__(
        self,
        send: Callable[[_Sent], bool],
        clock: Callable[[], float] = trio.current_time,
        new_ref: Callable[[], int] = _random_ref,
    ) -> None:
        self._send = send
        self._clock = clock
        self._new_ref = new_ref
        self._refusals = Refusals()
        self._room_remembers = False
        self._pending: dict[int, _Pending] = {}
        self._cut_off: dict[int, _Pending] = {}
        """What is to be given again once the person is back in the room."""

    def forward(self, command: _Sent, answered: Answered) -> None:
        """Send a command to the server; ``answered`` gets the answers, a refusal of ours too."""
        if not isinstance(command, c.Mute):  # which is sent however often it was refused
            if refused := self._refusals.answer_to(command, self._clock()):
                answered(refused)
                return
            self._refusals.asked(command)
        ref = self._new_ref()
        command = replace(command, ref=ref)
        if not self._send(command):
            answered(_not_connected(command, NOT_CONNECTED))
            return
        if len(self._pending) >= MAX_PENDING:
            del self._pending[next(iter(self._pending))]
        self._pending[ref] = _Pending(command, answered, self._clock())

    def deliver(self, answer: Answer) -> bool:
        """Deliver an answer of the server; return False if it answers no command of ours."""
        if isinstance(answer, e.Refused):
            self._refusals.refused(answer, self._clock())
        if answer.ref is None:
            return False
        pending = self._pending.get(answer.ref)
        if isinstance(answer, e.Done | e.Refused):
            self._pending.pop(answer.ref, None)
        if pending is not None:
            pending.answered(answer)
        return True

    def fail(self) -> None:
        """Note that the connection is lost: what has no answer yet gets none over it.

        What may be given again waits for the room, all else is refused.
        """
        pending, self._pending = self._pending, {}
        for ref, each in pending.items():
            if self._room_remembers and each.may_be_repeated:
                self._cut_off[ref] = each
            else:
                each.refuse(NOT_CONNECTED)
        self._abandon(list(self._cut_off)[:-MOST_AGAIN])

    def go_on(self, remembers: float | None) -> None:
        """Give again, in their order, the commands that were cut off: the person is in the room.

        ``remembers`` is for how many seconds back the room knows what it has carried out; None if
        it does not. What it would do twice is given up.
        """
        self._room_remembers = remembers is not None
        self._give_up_after(min(AGAIN_SECONDS, -math.inf if remembers is None else remembers))
        again, self._cut_off = self._cut_off, {}
        for ref, each in again.items():
            if self._send(each.command):
                self._pending[ref] = each
            else:  # lost again already, of which there will be news
                self._cut_off[ref] = each

    def give_up_old(self) -> None:
        """Give up the commands that nobody expects any more; to be called now and then."""
        self._give_up_after(AGAIN_SECONDS)

    def leave_room(self) -> None:
        """Give no command again in another room; tell of those that have no answer yet."""
        self._room_remembers = False
        self._abandon(list(self._cut_off))

    def _give_up_after(self, seconds: float) -> None:
        now = self._clock()
        self._abandon([ref for ref, each in self._cut_off.items() if now - each.at > seconds])

    def _abandon(self, refs: list[int]) -> None:
        for ref in refs:
            self._cut_off.pop(ref).refuse(UNANSWERED)


def _not_connected(command: _Sent, text: str) -> e.Refused:
    name = c.command_name(command)
    return e.Refused(command=name, code="not_connected", text=text)
