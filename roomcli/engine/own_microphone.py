"""The person's own microphone in a room: the press, the server's answer, and all that closes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import Microphone, MicrophoneReason
from .claim import MicrophoneClaim
from .microphone import MicrophoneSwitch

FIRST_REF = 1 << 52
"""The first ref of the microphone's own commands, above the refs that a frontend uses."""
OPENING_SECONDS = 4.0
"""Seconds that a press waits for a device that is being opened, such as a Bluetooth headset that
wakes up; less than `roomcli ctl` waits for an answer."""
NOT_CONNECTED = "there is no connection to the room at the moment"
_OVERTAKEN = {
    "silenced": ("silenced", "a moderator silenced you"),
    "audience": ("not_on_stage", "you are in the audience"),
    "reconnected": ("not_connected", NOT_CONNECTED),
}


class Sound(Protocol):
    """The sound that the microphone opens and closes; an ``AudioDevices`` is one."""

    @property
    def trouble(self) -> str | None:
        """Why the microphone gives no sound; empty if it works, None while it is opened."""

    def press(self, ago: float) -> None:
        """Keep the sound from ``ago`` seconds before now on, until it is sent or closed."""

    def begin_sending(self) -> None:
        """Send the sound since the press."""

    def release(self, then: Callable[[], object], ago: float) -> None:
        """Send the sound until ``ago`` seconds before now, nothing after it, then call ``then``."""

    def close(self) -> None:
        """Send nothing from now on."""


class OwnMicrophone:
    """Opens ``sound`` when the server has agreed to the owner's newest press.

    ``send`` gives commands to the server, and returns False when there is no connection; ``tell``
    gives events to the frontend, answers to its presses among them. ``claim`` is None when no other
    engine can want the microphone (a file). The server hears of a press only when the microphone
    works: nobody should see an open microphone that can give no sound.
    """

    def __init__(
        self,
        sound: Sound,
        send: Callable[[c.RoomCommand], bool],
        tell: Callable[[e.Event], None],
        claim: MicrophoneClaim | None,
    ) -> None:
        self._sound = sound
        self._send = send
        self._tell = tell
        self._claim = claim
        self._switch = MicrophoneSwitch()
        self._asked: dict[int, int | None] = {}
        """Presses that the server has not answered, with the refs that the frontend gave them."""
        self._waiting: list[tuple[int, c.Unmute]] = []
        """Presses that wait for the device, with their numbers."""
        self._waits_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the person is on air."""
        return self._switch.is_open

    @property
    def is_pending(self) -> bool:
        """Whether a press waits for its answer."""
        return self._switch.is_pending

    def press(self, command: c.Mute | c.Unmute, now: float, ago: float = 0.0) -> e.Refused | None:
        """Carry out the owner's mute or unmute, given ``ago`` seconds before ``now``.

        Returns the refusal if it cannot be sent or cannot succeed.
        """
        if isinstance(command, c.Mute):
            return self._release(command, ago)
        trouble = self._sound.trouble
        if trouble:
            return _no_microphone(trouble, command.ref)
        press = self._switch.request(command.lease, now)
        if not self._switch.is_open:
            self._sound.close()  # the last words of the previous press go first
            self._sound.press(ago)
        if trouble is None:
            self._waiting.append((press, command))
            self._waits_until = now + OPENING_SECONDS
            return None
        return self._ask_server(press, command)

    def _release(self, command: c.Mute, ago: float) -> e.Refused | None:
        """Close the microphone and tell the server after the last words, so that it takes them."""
        if not self._switch.is_open:
            self.close("pressed", tell_server=False)
            return None if self._send(command) else _not_connected(command)
        self._sound.release(lambda: self._send(command), ago)
        self._switch.close()
        self._tell(Microphone(open=False, reason="pressed"))
        return None

    def _ask_server(self, press: int, command: c.Unmute) -> e.Refused | None:
        """Ask the server, which decides whether the microphone opens."""
        if not self._send(replace(command, ref=FIRST_REF + press)):
            self._switch.refuse(press)
            return _not_connected(command)
        self._asked[press] = command.ref
        return None

    def answered(self, answer: e.Done | e.Refused, is_unmuted: bool) -> e.Done | e.Refused | None:
        """Return what to tell the frontend about a server's answer; None for nothing.

        ``is_unmuted`` says whether the room shows us as unmuted: an answer alone opens nothing.
        """
        press = (answer.ref or 0) - FIRST_REF
        if press not in self._asked:
            return answer
        ref = self._asked.pop(press)
        if isinstance(answer, e.Refused):
            self._switch.refuse(press)
            return replace(answer, ref=ref)
        if not is_unmuted:
            self._switch.refuse(press)
        elif self._sound.trouble:  # the device failed after the press was sent
            self._switch.refuse(press)
            self._send(c.Mute())
            return _no_microphone(self._sound.trouble, ref)
        elif self._switch.confirm(press):
            if self._claim is not None:
                self._claim.claim()
            self._sound.begin_sending()
            self._tell(Microphone(open=True))
        return None if ref is None else e.Done(ref=ref)

    def close(self, reason: MicrophoneReason, *, tell_server: bool = True) -> None:
        """Close the microphone at once, even with a press or last words under way."""
        self._sound.close()
        self._give_up_waiting(reason)
        if tell_server and (self._switch.is_open or self._switch.is_pending):
            self._send(c.Mute())
        if self._switch.close():
            self._tell(Microphone(open=False, reason=reason))

    def disconnected(self) -> None:
        """Close the microphone, and expect no answers: the connection is lost."""
        self._asked.clear()
        self.close("reconnected", tell_server=False)

    def renew(self, now: float) -> None:
        """Renew the lease: the frontend still draws."""
        self._switch.renew(now)

    def watch(self, now: float) -> None:
        """Check often whether lease and claim still hold, and whether the device has opened."""
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
        """Answer the presses that ended before their device opened."""
        waiting, self._waiting = self._waiting, []
        for _, command in waiting:
            if reason == "pressed":
                if command.ref is not None:
                    self._tell(e.Done(ref=command.ref))
            elif reason in _OVERTAKEN:
                code, text = _OVERTAKEN[reason]
                self._tell(e.Refused(command="unmute", code=code, text=text, ref=command.ref))
            else:
                trouble = self._sound.trouble or "it was closed meanwhile"
                self._tell(_no_microphone(trouble, command.ref))


def _not_connected(command: c.Mute | c.Unmute) -> e.Refused:
    name = str(command.__struct_config__.tag)
    return e.Refused(command=name, code="not_connected", text=NOT_CONNECTED, ref=command.ref)


def _no_microphone(trouble: str, ref: int | None) -> e.Refused:
    text = f"your microphone cannot be opened: {trouble}"
    return e.Refused(command="unmute", code="no_microphone", text=text, ref=ref)
