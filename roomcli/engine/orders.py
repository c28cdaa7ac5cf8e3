"""Commands to the room, by the frontend or by others on this machine, and who gets the answers."""

from __future__ import annotations

from collections.abc import Callable

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import PushToTalk, ToggleMicrophone, TypedCommand
from .errands import Answer, Errands
from .own_microphone import NOT_CONNECTED, OwnMicrophone
from .refusals import Refusals

MOST_AGE = 0.5
"""The longest delay between a key press and its command that is believed, in seconds."""

Order = TypedCommand


class Orders:
    """Carries orders out; ``send`` gives commands to the server, ``tell`` answers to the frontend.

    With ``leased``, the frontend keeps the microphone's lease, whoever opens the microphone.
    """

    def __init__(
        self,
        microphone: OwnMicrophone,
        send: Callable[[c.RoomCommand], bool],
        tell: Callable[[e.Event], None],
        *,
        leased: bool,
    ) -> None:
        self._microphone = microphone
        self._send = send
        self._tell = tell
        self._leased = leased
        self._errands = Errands()
        self._refusals = Refusals()
        self._pushed_at = 0.0

    def obey(self, order: Order, now: float, ago: float = 0.0) -> None:
        """Carry out an order that the frontend gave ``ago`` seconds before ``now``."""
        match order:
            case ToggleMicrophone(ref=ref):
                self._switch(not self._is_on, ref, now, ago)
            case PushToTalk(down=down, at=at, ref=ref):
                overtaken = 0.0 < at < self._pushed_at
                self._pushed_at = max(self._pushed_at, at)
                self._switch(self._is_on if overtaken else down, ref, now, ago)
            case c.Mute():
                refused = self._microphone.press(order, now, ago)
                if refused is not None:
                    self.answer(refused)
            case _:
                refused = self._refusals.answer_to(order, now)
                if refused is None:
                    self._refusals.asked(order)
                    refused = self._asked(order, now, ago)
                if refused is not None:
                    self.answer(refused)

    def _asked(self, order: c.RoomCommand, now: float, ago: float) -> e.Refused | None:
        """Send the order to the server; return a refusal if it cannot be sent or succeed."""
        if isinstance(order, c.Unmute):
            return self._microphone.press(order, now, ago)
        return None if self._send(order) else _not_connected(order)

    def run_errand(
        self, order: Order, answered: Callable[[Answer], None], now: float, ago: float = 0.0
    ) -> None:
        """Carry out an order of somebody else on this machine; ``answered`` gets the answers."""
        if isinstance(order, c.Unmute):
            # Like a held key: it opens the microphone, but never ends the lease of an open one.
            order = PushToTalk(down=True)
        self.obey(self._errands.forward(order, answered), now, ago)

    def settles(self, answer: Answer, now: float) -> bool:
        """Deliver an answer of the server to its errand; return whether it belongs to one."""
        if isinstance(answer, e.Refused):
            self._refusals.refused(answer, now)
        return self._errands.deliver(answer)

    def disconnected(self) -> None:
        """Refuse all open errands, because the connection is lost."""
        self._errands.fail(NOT_CONNECTED)

    @property
    def _is_on(self) -> bool:
        return self._microphone.is_open or self._microphone.is_pending

    def _switch(self, on: bool, ref: int | None, now: float, ago: float) -> None:
        """Turn the microphone on or off, if it is not so yet: a held key asks again and again."""
        if on != self._is_on:
            self.obey(c.Unmute(lease=self._leased, ref=ref) if on else c.Mute(ref=ref), now, ago)
        elif ref is not None:
            self.answer(e.Done(ref=ref))

    def answer(self, answer: Answer) -> None:
        """Give an answer of the engine itself to whoever asked."""
        if not self._errands.deliver(answer):
            self._tell(answer)


def _not_connected(order: c.RoomCommand) -> e.Refused:
    name = str(order.__struct_config__.tag)
    return e.Refused(command=name, code="not_connected", text=NOT_CONNECTED, ref=order.ref)


def age_of(order: object, monotonic: float) -> float:
    """Return how many seconds ago a key was pressed or released; 0 if the order does not say.

    ``monotonic`` is the time now by the machine's monotonic clock.
    """
    if not isinstance(order, PushToTalk) or not order.at:
        return 0.0
    return min(max(monotonic - order.at, 0.0), MOST_AGE)
