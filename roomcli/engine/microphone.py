"""The microphone as one table: in which state it is, what may happen to it, and what follows.

Pure: time is an argument, in seconds. Nothing but :data:`TABLE` decides whether voice may be sent:
``own_microphone`` performs the effects and brings the causes. docs/architecture.md shows the table
(``python -m tests.docs.make_microphone``).
"""

from __future__ import annotations

from enum import Enum

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import MicrophoneReason, PushToTalk, ToggleMicrophone

LEASE = 3.0
"""Seconds without renewal until a leased microphone closes."""
OPENING_SECONDS = 4.0
"""Seconds that a press waits for a device that is being opened, such as a Bluetooth headset that
wakes up; less than `roomcli ctl` waits for an answer."""
MOST_AGE = 0.5
"""The longest delay between a key press and its command that is believed, in seconds."""

MicrophoneOrder = c.Mute | c.Unmute | ToggleMicrophone | PushToTalk
"""What the microphone's owner may press."""


class MicrophoneState(Enum):
    """The states of a microphone; voice is sent in the last two."""

    CLOSED = "closed"
    WAITING = "waits for the device"
    ASKED = "asked the room"
    OPEN = "open"
    LAST_WORDS = "last words"


class MicrophoneCause(Enum):
    """What may happen to a microphone."""

    PRESSED = "press"
    PRESSED_EARLY = "press while the device is being opened"
    PRESSED_IN_VAIN = "press without a device that works"
    RELEASED = "release"
    WORDS_SENT = "the last words are sent"
    DEVICE_OPENED = "the device is open"
    DEVICE_FAILED = "the device failed, or did not open in 4 s"
    AGREED = "the room agrees to the newest press"
    REFUSED = "the room refuses the newest press"
    SHOWN_MUTED = "the room shows its owner as muted"
    SHOWN_UNMUTED = "the room shows its owner as unmuted"
    SILENCED = "a moderator silences"
    AUDIENCE = "its owner leaves the stage"
    DISCONNECTED = "the connection is lost, or new"
    LEASE_LAPSED = "the lease lapses"
    CLAIM_LOST = "another engine opens its microphone"
    SLEPT = "the machine slept"
    QUIET = "nobody speaks for long"
    LEFT = "its owner leaves the room"


class MicrophoneEffect(Enum):
    """What is done at once when something happens to a microphone."""

    KEEP = "keep"
    """Keep the sound from the press on, until it is sent or not."""
    ASK = "ask"
    """Ask the room, for each press that waited."""
    SEND = "send"
    """Send the sound since the press, and all that follows."""
    FINISH = "finish"
    """Send what was said until the release, and nothing after it."""
    STOP = "stop"
    """Send nothing more."""
    CLAIM = "claim"
    """Mute the person's other engines."""
    MUTE = "mute"
    """Tell the room that the person is muted."""
    TELL_OPEN = "tell open"
    TELL_CLOSED = "tell closed"
    """Tell the frontend, and why it is closed."""
    ANSWER = "answer"
    """Answer the presses of which the room has not heard."""


S, C, E = MicrophoneState, MicrophoneCause, MicrophoneEffect
Effects = tuple[MicrophoneEffect, ...]
Cell = tuple[MicrophoneState, Effects]

TABLE: dict[MicrophoneCause, dict[MicrophoneState, Cell]] = {
    C.PRESSED: {
        S.CLOSED: (S.ASKED, (E.KEEP, E.ASK)),
        S.WAITING: (S.ASKED, (E.KEEP, E.ASK)),
        S.ASKED: (S.ASKED, (E.KEEP, E.ASK)),
        S.OPEN: (S.OPEN, (E.ASK,)),
        S.LAST_WORDS: (S.ASKED, (E.STOP, E.MUTE, E.KEEP, E.ASK)),
    },
    C.PRESSED_EARLY: {
        S.CLOSED: (S.WAITING, (E.KEEP,)),
        S.WAITING: (S.WAITING, (E.KEEP,)),
        S.ASKED: (S.WAITING, (E.KEEP,)),
        S.OPEN: (S.OPEN, (E.ASK,)),
        S.LAST_WORDS: (S.WAITING, (E.STOP, E.MUTE, E.KEEP)),
    },
    C.PRESSED_IN_VAIN: {
        S.CLOSED: (S.CLOSED, (E.ANSWER,)),
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP, E.MUTE, E.ANSWER)),
        S.OPEN: (S.OPEN, (E.ANSWER,)),
        S.LAST_WORDS: (S.LAST_WORDS, (E.ANSWER,)),
    },
    C.RELEASED: {
        S.CLOSED: (S.CLOSED, (E.MUTE,)),
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER, E.MUTE)),
        S.ASKED: (S.CLOSED, (E.STOP, E.MUTE)),
        S.OPEN: (S.LAST_WORDS, (E.FINISH, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    C.WORDS_SENT: {
        S.LAST_WORDS: (S.CLOSED, (E.MUTE,)),
    },
    C.DEVICE_OPENED: {
        S.WAITING: (S.ASKED, (E.ASK,)),
    },
    C.DEVICE_FAILED: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP, E.MUTE)),
        S.OPEN: (S.CLOSED, (E.STOP, E.MUTE, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    C.AGREED: {
        S.ASKED: (S.OPEN, (E.CLAIM, E.SEND, E.TELL_OPEN)),
    },
    C.REFUSED: {
        S.ASKED: (S.CLOSED, (E.STOP,)),
    },
    # Before it is open, a mute is the echo of an earlier one of our own.
    C.SHOWN_MUTED: {
        S.OPEN: (S.CLOSED, (E.STOP, E.TELL_CLOSED)),
    },
    # The room may have refused our mute, for too many commands.
    C.SHOWN_UNMUTED: {
        S.CLOSED: (S.CLOSED, (E.MUTE,)),
    },
    C.SILENCED: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP,)),
        S.OPEN: (S.CLOSED, (E.STOP, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    C.AUDIENCE: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP,)),
        S.OPEN: (S.CLOSED, (E.STOP, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    C.DISCONNECTED: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP,)),
        S.OPEN: (S.CLOSED, (E.STOP, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    # The room may agree to a press that it was asked for before it hears of the mute.
    C.LEASE_LAPSED: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP, E.MUTE)),
        S.OPEN: (S.CLOSED, (E.STOP, E.MUTE, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    C.CLAIM_LOST: {
        S.OPEN: (S.CLOSED, (E.STOP, E.MUTE, E.TELL_CLOSED)),
    },
    C.SLEPT: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP, E.MUTE)),
        S.OPEN: (S.CLOSED, (E.STOP, E.MUTE, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
    C.QUIET: {
        S.OPEN: (S.CLOSED, (E.STOP, E.MUTE, E.TELL_CLOSED)),
    },
    C.LEFT: {
        S.WAITING: (S.CLOSED, (E.STOP, E.ANSWER)),
        S.ASKED: (S.CLOSED, (E.STOP,)),
        S.OPEN: (S.CLOSED, (E.STOP, E.TELL_CLOSED)),
        S.LAST_WORDS: (S.CLOSED, (E.STOP, E.MUTE)),
    },
}
"""What follows when something happens in a state: the next state, and the effects in their order.
Where a cell is missing, nothing follows."""

REASONS: dict[MicrophoneCause, MicrophoneReason] = {
    C.RELEASED: "pressed",
    C.SHOWN_MUTED: "pressed",
    C.DEVICE_FAILED: "device",
    C.SILENCED: "silenced",
    C.AUDIENCE: "audience",
    C.DISCONNECTED: "reconnected",
    C.LEASE_LAPSED: "lease",
    C.CLAIM_LOST: "elsewhere",
    C.SLEPT: "slept",
    C.QUIET: "quiet",
    C.LEFT: "left",
}
"""The reason that a person is told when this closes an open microphone."""


class MicrophoneSwitch:
    """The state of one microphone, its newest press and its lease; :data:`TABLE` moves it."""

    def __init__(self) -> None:
        self.state = S.CLOSED
        self._newest = 0
        self._leased = False
        self._renewed_at = 0.0
        self._pressed_at = 0.0
        self._keyed_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the person is on air."""
        return self.state is S.OPEN

    @property
    def is_on(self) -> bool:
        """Whether its owner wants it open: it is open, or a press is under way."""
        return self.state in (S.WAITING, S.ASKED, S.OPEN)

    def wish(self, order: MicrophoneOrder) -> bool | None:
        """Return whether an order is a press (True) or a release (False); None for neither.

        A held key asks again and again, and its release may overtake its press.
        """
        match order:
            case c.Unmute():
                return True
            case c.Mute():
                return False
            case ToggleMicrophone():
                return not self.is_on
            case PushToTalk(down=down, at=at):
                overtaken = 0.0 < at < self._keyed_at
                self._keyed_at = max(self._keyed_at, at)
                return None if overtaken or down == self.is_on else down

    def press(self, trouble: str | None, leased: bool, now: float) -> tuple[int, Effects]:
        """Note a press; return its number, and what follows.

        ``trouble`` is why the device does not work: empty if it works, None while it is opened.
        """
        self._newest += 1
        if trouble:
            return self._newest, self.happen(C.PRESSED_IN_VAIN)
        self._leased, self._renewed_at, self._pressed_at = leased, now, now
        return self._newest, self.happen(C.PRESSED if trouble is not None else C.PRESSED_EARLY)

    def answer(self, press: int, cause: MicrophoneCause) -> Effects:
        """Note what became of the press with this number; only the newest press counts."""
        return self.happen(cause) if press == self._newest else ()

    def renew(self, now: float) -> None:
        """Renew the lease: the frontend still draws."""
        self._renewed_at = now

    def pass_time(self, trouble: str | None, now: float) -> MicrophoneCause | None:
        """Return what the time that has passed causes; to be asked often. ``trouble``: as above."""
        if self._leased and now - self._renewed_at > LEASE:
            return C.LEASE_LAPSED
        if self.state is not S.WAITING:
            return None
        if trouble == "":
            return C.DEVICE_OPENED
        late = now - self._pressed_at >= OPENING_SECONDS
        return C.DEVICE_FAILED if trouble or late else None

    def happen(self, cause: MicrophoneCause) -> Effects:
        """Go to the next state; return what has to be done, in this order."""
        cell = TABLE[cause].get(self.state)
        if cell is None:
            return ()
        self.state, effects = cell
        return effects


def cause_in(event: e.ServerMessage, you: str) -> MicrophoneCause | None:
    """Return what an event of the room means for the microphone of the participant ``you``."""
    match event:
        case e.Silenced(id=id) if id == you:
            return C.SILENCED
        case e.StageLeft(id=id) if id == you:
            return C.AUDIENCE
        case e.ParticipantLeft(id=id, reason=reason) if id == you and reason != "moved":
            return C.AUDIENCE
        case e.SpeakerDropped(id=id) | e.SpeakerReturned(id=id) if id == you:
            return C.DISCONNECTED
        case e.RoomLeft():
            return C.LEFT
        case e.Goodbye(retry=retry):
            return C.DISCONNECTED if retry else C.LEFT
        case e.RoomLeft():
            return C.LEFT
    return None


def age_of(order: object, monotonic: float) -> float:
    """Return how many seconds ago a key was pressed or released; 0 if the order does not say.

    ``monotonic`` is the time now by the machine's monotonic clock.
    """
    if not isinstance(order, PushToTalk) or not order.at:
        return 0.0
    return min(max(monotonic - order.at, 0.0), MOST_AGE)
