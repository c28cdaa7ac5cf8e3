"""The person's own microphone in a room: brings its causes, and performs what follows from them.

What follows is in the table of ``microphone``; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import Microphone
from .claim import MicrophoneClaim
from .microphone import REASONS, MicrophoneOrder, MicrophoneSwitch, cause_in
from .microphone import MicrophoneCause as Cause
from .microphone import MicrophoneEffect as Effect
from .replies import NOT_CONNECTED, Answer, Answered

_OVERTAKEN = {
    Cause.SILENCED: ("silenced", "a moderator silenced you"),
    Cause.AUDIENCE: ("not_on_stage", "you are in the audience"),
    Cause.DISCONNECTED: ("not_connected", NOT_CONNECTED),
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
    """Opens ``sound`` when the room has agreed to the owner's newest press.

    ``forward`` gives commands to the server and brings their answers; ``tell`` gives events to the
    frontend. ``shows_unmuted`` says whether the room shows its owner as unmuted: an answer alone
    opens nothing. ``claim`` is None when no other engine can want the microphone (a file). With
    ``leased``, the frontend keeps the microphone's lease, whoever opens it.

    The server hears of a press only when the microphone works: nobody should see an open
    microphone that can give no sound.
    """

    def __init__(
        self,
        sound: Sound,
        forward: Callable[[c.RoomCommand, Answered], None],
        tell: Callable[[e.Event], None],
        shows_unmuted: Callable[[], bool],
        claim: MicrophoneClaim | None,
        *,
        leased: bool,
    ) -> None:
        self._sound = sound
        self._forward = forward
        self._tell = tell
        self._shows_unmuted = shows_unmuted
        self._claim = claim
        self._leased = leased
        self._switch = MicrophoneSwitch()
        self._presses: list[tuple[int, Answered]] = []
        """Presses of which the server has not heard yet, with their numbers."""
        self._mutes: list[Answered] = []
        """Who is to be told that the room knows of a release of theirs."""
        self._ago = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the person is on air."""
        return self._switch.is_open

    def obey(
        self, order: MicrophoneOrder, answered: Answered, now: float, ago: float = 0.0
    ) -> None:
        """Carry out an order that the owner gave ``ago`` seconds before ``now``."""
        match self._switch.wish(order):
            case None:
                answered(e.Done(ref=0))
            case True:
                self._ago = ago
                lease = order.lease if isinstance(order, c.Unmute) else self._leased
                press, effects = self._switch.press(self._sound.trouble, lease, now)
                self._presses.append((press, answered))
                self._perform(effects, Cause.PRESSED)
            case False:
                self._ago = ago
                self._mutes.append(answered)
                self.happen(Cause.RELEASED)

    def follow(self, event: e.ServerMessage, you: str) -> None:
        """Close the microphone, or give up opening it, when the room says that it is closed."""
        cause = cause_in(event, you)
        if cause is not None:
            self.happen(cause)
        if not self._shows_unmuted():
            self.happen(Cause.SHOWN_MUTED)

    def follow_choice(self, claim: MicrophoneClaim | None) -> None:
        """Note that another microphone is used, with this claim, if others can want it too."""
        self._claim = claim
        if claim is not None and self.is_open:
            claim.claim()

    def renew_lease(self, now: float) -> None:
        """Renew the lease: the frontend still draws."""
        self._switch.renew(now)

    def watch(self, now: float) -> None:
        """Check often whether lease and claim still hold, and whether the device has opened."""
        if self.is_open and self._claim is not None and not self._claim.is_held():
            self.happen(Cause.CLAIM_LOST)
        cause = self._switch.pass_time(self._sound.trouble, now)
        if cause is not None:
            self.happen(cause)

    def correct_room(self) -> None:
        """Mute again if the room shows us as unmuted while the microphone is closed."""
        if self._shows_unmuted():
            self.happen(Cause.SHOWN_UNMUTED)

    def happen(self, cause: Cause) -> None:
        """Do what follows when something happens to the microphone."""
        self._perform(self._switch.happen(cause), cause)

    def _perform(self, effects: tuple[Effect, ...], cause: Cause) -> None:
        for effect in effects:
            match effect:
                case Effect.KEEP:
                    self._sound.press(self._ago)
                case Effect.ASK:
                    self._ask()
                case Effect.SEND:
                    self._sound.begin_sending()
                case Effect.FINISH:
                    self._sound.release(lambda: self.happen(Cause.WORDS_SENT), self._ago)
                case Effect.STOP:
                    self._sound.close()
                case Effect.CLAIM:
                    if self._claim is not None:
                        self._claim.claim()
                case Effect.MUTE:
                    self._mute()
                case Effect.TELL_OPEN:
                    self._tell(Microphone(open=True))
                case Effect.TELL_CLOSED:
                    self._tell(Microphone(open=False, reason=REASONS[cause]))
                case Effect.ANSWER:
                    self._answer_presses(cause)

    def _ask(self) -> None:
        presses, self._presses = self._presses, []
        for press, answered in presses:
            self._forward(c.Unmute(), self._answer_to(press, answered))

    def _answer_to(self, press: int, answered: Answered) -> Answered:
        """Return what takes the server's answer to a press."""

        def take(answer: Answer) -> None:
            cause = Cause.AGREED
            trouble = self._sound.trouble
            if isinstance(answer, e.Refused) or not self._shows_unmuted():
                cause = Cause.REFUSED
            elif trouble:  # the device failed after the press was sent
                cause, answer = Cause.DEVICE_FAILED, _no_microphone(trouble)
            self._perform(self._switch.answer(press, cause), cause)
            answered(answer)

        return take

    def _mute(self) -> None:
        mutes, self._mutes = self._mutes or [_nobody], []
        for answered in mutes:
            self._forward(c.Mute(), answered)

    def _answer_presses(self, cause: Cause) -> None:
        """Answer the presses that ended before the server heard of them."""
        presses, self._presses = self._presses, []
        for _, answered in presses:
            if cause is Cause.RELEASED:
                answered(e.Done(ref=0))
            elif cause in _OVERTAKEN:
                code, text = _OVERTAKEN[cause]
                answered(e.Refused(command="unmute", code=code, text=text))
            else:
                slow = cause is Cause.DEVICE_FAILED
                why = "it does not answer" if slow else "it was closed meanwhile"
                answered(_no_microphone(self._sound.trouble or why))


def _nobody(answer: Answer) -> None:
    """Take the answer to a mute that nobody asked for."""


def _no_microphone(trouble: str) -> e.Refused:
    text = f"your microphone cannot be opened: {trouble}"
    return e.Refused(command="unmute", code="no_microphone", text=text)
