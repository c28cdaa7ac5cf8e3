"""What is asked of the room, by the frontend or by others on this machine, and who is answered."""

from __future__ import annotations

from collections.abc import Callable

from ..protocol.commands import Mute, RoomCommand, Unmute
from ..protocol.events import Done, Event, Refused
from ..protocol.local import PushToTalk, ToggleMicrophone
from .errands import Answer, Errands
from .own_microphone import NOT_CONNECTED, OwnMicrophone
from .refusals import Refusals

MOST_AGE = 0.5
"""Seconds by which a key may have been pressed before we hear of it."""

Order = RoomCommand | ToggleMicrophone | PushToTalk


class Orders:
    """Carries orders out; ``send`` gives commands to the server, ``tell`` answers to the frontend.

    ``leased``: the frontend keeps the microphone's lease, so that whoever else opens it does so
    under its eyes.
    """

    def __init__(
        self,
        microphone: OwnMicrophone,
        send: Callable[[RoomCommand], bool],
        tell: Callable[[Event], None],
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
        """The frontend asks for this, and did so ``ago`` seconds before ``now``."""
        match order:
            case ToggleMicrophone(ref=ref):
                self._switch(not self._is_on, ref, now, ago)
            case PushToTalk(down=down, at=at, ref=ref):
                overtaken = 0.0 < at < self._pushed_at
                self._pushed_at = max(self._pushed_at, at)
                self._switch(self._is_on if overtaken else down, ref, now, ago)
            case Mute():
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

    def _asked(self, order: RoomCommand, now: float, ago: float) -> Refused | None:
        """Ask the server; the refusal where nothing can come of it."""
        if isinstance(order, Unmute):
            return self._microphone.press(order, now, ago)
        return None if self._send(order) else _not_connected(order)

    def run_errand(
        self, order: Order, answered: Callable[[Answer], None], now: float, ago: float = 0.0
    ) -> None:
        """Somebody else on this machine asks for this, and gets the answer."""
        if isinstance(order, Unmute):
            # Like a key that is held: it opens, but never takes a lease away from what is open.
            order = PushToTalk(down=True)
        self.obey(self._errands.forward(order, answered), now, ago)

    def settles(self, answer: Answer, now: float) -> bool:
        """Whether the answer was to somebody else's errand, and is delivered so."""
        if isinstance(answer, Refused):
            self._refusals.refused(answer, now)
        return self._errands.deliver(answer)

    def disconnected(self) -> None:
        """The connection is gone, and the answers that would have come over it."""
        self._errands.fail(NOT_CONNECTED)

    @property
    def _is_on(self) -> bool:
        return self._microphone.is_open or self._microphone.is_pending

    def _switch(self, on: bool, ref: int | None, now: float, ago: float) -> None:
        """The microphone is to be on or off; a held key asks again and again."""
        if on != self._is_on:
            self.obey(Unmute(lease=self._leased, ref=ref) if on else Mute(ref=ref), now, ago)
        elif ref is not None:
            self.answer(Done(ref=ref))

    def answer(self, answer: Answer) -> None:
        """Give an answer of this engine's to whoever asked."""
        if not self._errands.deliver(answer):
            self._tell(answer)


def _not_connected(order: RoomCommand) -> Refused:
    name = str(order.__struct_config__.tag)
    return Refused(command=name, code="not_connected", text=NOT_CONNECTED, ref=order.ref)


def age_of(order: object, monotonic: float) -> float:
    """How many seconds ago a key was pressed or let go, where that is told; ``monotonic`` is now by
    the machine's clock."""
    if not isinstance(order, PushToTalk) or not order.at:
        return 0.0
    return min(max(monotonic - order.at, 0.0), MOST_AGE)
