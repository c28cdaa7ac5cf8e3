"""One's own microphone in a room: the press, the server's answer, and all that closes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from ..protocol.commands import Mute, RoomCommand, Unmute
from ..protocol.events import Done, Event, Refused
from ..protocol.local import Microphone, MicrophoneReason
from .claim import MicrophoneClaim
from .microphone import MicrophoneSwitch

FIRST_REF = 1 << 52
"""The engine's own refs begin here, beyond those that a frontend counts to."""


class Sound(Protocol):
    """What is opened and closed; ``Voice`` is one."""

    def open(self) -> None:
        """Send what is said from now on."""

    def close(self) -> None:
        """Send nothing from now on."""


class OwnMicrophone:
    """Opens ``sound`` when the server has agreed to the owner's newest press.

    ``send`` gives commands to the server, False when there is no way to it; ``tell`` gives events
    to the frontend. ``claim`` is None when the microphone is nobody else's either (a file).
    """

    def __init__(
        self,
        sound: Sound,
        send: Callable[[RoomCommand], bool],
        tell: Callable[[Event], None],
        claim: MicrophoneClaim | None,
    ) -> None:
        self._sound = sound
        self._send = send
        self._tell = tell
        self._claim = claim
        self._switch = MicrophoneSwitch()
        self._asked: dict[int, int | None] = {}
        """Presses that the server has not answered: the ref that the frontend gave them."""

    @property
    def is_open(self) -> bool:
        """Whether one is on air."""
        return self._switch.is_open

    @property
    def is_pending(self) -> bool:
        """Whether a press waits for its answer."""
        return self._switch.is_pending

    def press(self, command: Mute | Unmute, now: float) -> bool:
        """The owner's own word; False when there is no connection to send it over."""
        if isinstance(command, Mute):
            self.close("pressed", tell_server=False)
            return self._send(command)
        press = self._switch.request(command.lease, now)
        if not self._send(replace(command, ref=FIRST_REF + press)):
            self._switch.refuse(press)
            return False
        self._asked[press] = command.ref
        return True

    def answered(self, answer: Done | Refused, is_unmuted: bool) -> Done | Refused | None:
        """What to tell the frontend of an answer of the server; None for one it did not ask for.

        ``is_unmuted`` is what the room says of us by now: an answer alone opens nothing.
        """
        press = (answer.ref or 0) - FIRST_REF
        if press not in self._asked:
            return answer
        ref = self._asked.pop(press)
        if isinstance(answer, Refused):
            self._switch.refuse(press)
            return replace(answer, ref=ref)
        if not is_unmuted:
            self._switch.refuse(press)
        elif self._switch.confirm(press):
            if self._claim is not None:
                self._claim.take()
            self._sound.open()
            self._tell(Microphone(open=True))
        return None if ref is None else Done(ref=ref)

    def close(self, reason: MicrophoneReason, *, tell_server: bool = True) -> None:
        """Close at once, whatever is under way."""
        self._sound.close()
        if tell_server and (self._switch.is_open or self._switch.is_pending):
            self._send(Mute())
        if self._switch.close():
            self._tell(Microphone(open=False, reason=reason))

    def disconnected(self) -> None:
        """The connection is gone, and the answers that would have come over it."""
        self._asked.clear()
        self.close("reconnected", tell_server=False)

    def renew(self, now: float) -> None:
        """The frontend still draws."""
        self._switch.renew(now)

    def watch(self, now: float) -> None:
        """Look whether lease and claim still hold; often."""
        if self._switch.has_lapsed(now):
            self.close("lease")
        if self.is_open and self._claim is not None and not self._claim.is_held():
            self.close("elsewhere")
