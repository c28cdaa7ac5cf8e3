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
OPENING_SECONDS = 4.0
"""How long a press waits for a device that is being opened, a Bluetooth headset that wakes up: less
than `roomcli ctl` waits for an answer."""
NOT_CONNECTED = "there is no connection to the room at the moment"
_OVERTAKEN = {
    "silenced": ("silenced", "a moderator silenced you"),
    "audience": ("not_on_stage", "you are in the audience"),
    "reconnected": ("not_connected", NOT_CONNECTED),
}


class Sound(Protocol):
    """What is opened and closed; ``Voice`` is one."""

    @property
    def trouble(self) -> str | None:
        """Why the microphone would give nothing; empty if it would not, None if that is not known
        yet: it is being opened."""

    def press(self, ago: float) -> None:
        """Keep what is said from ``ago`` seconds before now, until it is sent or closed."""

    def begin_sending(self) -> None:
        """Send what is said from the press on."""

    def release(self, then: Callable[[], object], ago: float) -> None:
        """Send what was said until ``ago`` seconds before now and nothing later; ``then`` is called
        when it is sent."""

    def close(self) -> None:
        """Send nothing from now on."""


class OwnMicrophone:
    """Opens ``sound`` when the server has agreed to the owner's newest press.

    ``send`` gives commands to the server, False when there is no way to it; ``tell`` gives events
    to the frontend, answers to its presses among them. ``claim`` is None when the microphone is
    nobody else's either (a file). The server hears of a press only when there is a microphone that
    works: nobody is to see one open from which nothing can come.
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
        self._waiting: list[tuple[int, Unmute]] = []
        """Presses that wait for the device, with their numbers."""
        self._waits_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether one is on air."""
        return self._switch.is_open

    @property
    def is_pending(self) -> bool:
        """Whether a press waits for its answer."""
        return self._switch.is_pending

    def press(self, command: Mute | Unmute, now: float, ago: float = 0.0) -> Refused | None:
        """The owner's own word, given ``ago`` seconds before ``now``; the refusal where nothing can
        come of it."""
        if isinstance(command, Mute):
            return self._release(command, ago)
        trouble = self._sound.trouble
        if trouble:
            return _no_microphone(trouble, command.ref)
        press = self._switch.request(command.lease, now)
        if not self._switch.is_open:
            self._sound.close()  # the last words of the press before go first
            self._sound.press(ago)
        if trouble is None:
            self._waiting.append((press, command))
            self._waits_until = now + OPENING_SECONDS
            return None
        return self._ask_server(press, command)

    def _release(self, command: Mute, ago: float) -> Refused | None:
        """The server hears of it after the last words, which it would refuse else."""
        if not self._switch.is_open:
            self.close("pressed", tell_server=False)
            return None if self._send(command) else _not_connected(command)
        self._sound.release(lambda: self._send(command), ago)
        self._switch.close()
        self._tell(Microphone(open=False, reason="pressed"))
        return None

    def _ask_server(self, press: int, command: Unmute) -> Refused | None:
        """Ask the server, which has the last word."""
        if not self._send(replace(command, ref=FIRST_REF + press)):
            self._switch.refuse(press)
            return _not_connected(command)
        self._asked[press] = command.ref
        return None

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
        elif self._sound.trouble:  # since it was asked for
            self._switch.refuse(press)
            self._send(Mute())
            return _no_microphone(self._sound.trouble, ref)
        elif self._switch.confirm(press):
            if self._claim is not None:
                self._claim.claim()
            self._sound.begin_sending()
            self._tell(Microphone(open=True))
        return None if ref is None else Done(ref=ref)

    def close(self, reason: MicrophoneReason, *, tell_server: bool = True) -> None:
        """Close at once, whatever is under way."""
        self._sound.close()
        self._give_up_waiting(reason)
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
        """Look whether lease and claim still hold, and whether the device has come; often."""
        if self._switch.has_lapsed(now):
            self.close("lease")
        if self.is_open and self._claim is not None and not self._claim.is_held():
            self.close("elsewhere")
        if self._waiting:
            self._mind_device(now)

    def _mind_device(self, now: float) -> None:
        trouble = self._sound.trouble
        if trouble is None and now < self._waits_until:
            return
        trouble = "it does not answer" if trouble is None else trouble
        waiting, self._waiting = self._waiting, []
        for press, command in waiting:
            if trouble:
                self._switch.refuse(press)
                self._tell(_no_microphone(trouble, command.ref))
            elif refused := self._ask_server(press, command):
                self._tell(refused)

    def _give_up_waiting(self, reason: MicrophoneReason) -> None:
        """Answer the presses that were overtaken before their device came."""
        waiting, self._waiting = self._waiting, []
        for _, command in waiting:
            if reason == "pressed":
                if command.ref is not None:
                    self._tell(Done(ref=command.ref))
            elif reason in _OVERTAKEN:
                code, text = _OVERTAKEN[reason]
                self._tell(Refused(command="unmute", code=code, text=text, ref=command.ref))
            else:
                trouble = self._sound.trouble or "it was closed meanwhile"
                self._tell(_no_microphone(trouble, command.ref))


def _not_connected(command: Mute | Unmute) -> Refused:
    name = str(command.__struct_config__.tag)
    return Refused(command=name, code="not_connected", text=NOT_CONNECTED, ref=command.ref)


def _no_microphone(trouble: str, ref: int | None) -> Refused:
    text = f"your microphone cannot be opened: {trouble}"
    return Refused(command="unmute", code="no_microphone", text=text, ref=ref)
