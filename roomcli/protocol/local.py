"""What engine and frontend say to each other beyond the room's own commands and events.

One JSON object a line (the scripting contract). Room commands pass through the engine to
the server, room events from the server to the frontend; these here stay on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .commands import Command, RoomCommand
from .events import Event, ServerMessage

MicrophoneReason = Literal[
    "pressed",
    "silenced",
    "audience",
    "lease",
    "reconnected",
    "slept",
    "device",
    "quiet",
    "left",
    "elsewhere",
]
"""Why a microphone was opened or closed; only a press opens one."""


class Enter(Command, frozen=True, kw_only=True):
    """First command of a frontend: enter this room, with these devices.

    ``ticket`` brings back the seat that an engine before this one had.
    ``levels`` asks for ``levels`` and for round trips in ``connection``, which only a screen needs.
    ``mic`` and ``speaker`` are device names, ``file:PATH``, ``tone:HZ`` or ``none``; None is the
    system's default. ``password`` is the room's, ``chat_after`` the last chat message that the
    frontend has; ``auto_mute`` closes an open microphone after so many seconds of silence, 0 never.
    """

    url: str
    name: str
    headline: str = ""
    intent: Literal["join", "host"] = "join"
    access: Literal["open", "invite"] = "open"
    mic: str | None = None
    speaker: str | None = None
    levels: bool = False
    ticket: str | None = None
    password: str | None = None
    chat_after: int = 0
    auto_mute: float = 0.0


class OpenDevices(Command, frozen=True, kw_only=True):
    """Open these devices without a room, to see their levels; may be sent again."""

    mic: str | None = None
    speaker: str | None = None


class PlayTone(Command, frozen=True, kw_only=True):
    """Play a short tone on the speakers: can you hear it?"""


class RenewMicrophone(Command, frozen=True, kw_only=True):
    """The frontend still draws: keep the leased microphone open for three more seconds."""


class ToggleMicrophone(Command, frozen=True, kw_only=True):
    """Unmute when muted, mute when not: for a key of the window manager's."""


class PushToTalk(Command, frozen=True, kw_only=True):
    """Unmute while ``down``: terminals know no key release, window managers do.

    Each end of a press is told by a process of its own, and the second may come first: ``at`` is
    the machine's monotonic clock when it was pressed or let go, and what is older than the last
    that came counts for nothing.
    """

    down: bool
    at: float = 0.0


class ReadRoom(Command, frozen=True, kw_only=True):
    """Tell the room as it is now, by ``joined`` without invite and ticket: for the control socket,
    whose other end has not followed the room."""


class Connection(Event, frozen=True, kw_only=True):
    """The state of the link to the server; ``retry_in`` in seconds, ``rtt_ms`` the round trip.

    ``text`` is why one waits: with ``connecting`` at the door, for the first time.
    """

    state: Literal["connecting", "connected", "reconnecting"]
    text: str = ""
    rtt_ms: float | None = None
    retry_in: float | None = None


class Microphone(Event, frozen=True, kw_only=True):
    """The engine opened or closed the microphone; the only truth about being on air."""

    open: bool
    reason: MicrophoneReason = "pressed"


class Device(Event, frozen=True, kw_only=True):
    """A microphone or speaker is in use (``problem`` empty) or is not, and why.

    ``choices`` are the names of all of its kind, the one in use among them; told in answer to
    ``open_devices``.
    """

    kind: Literal["microphone", "speaker"]
    name: str
    problem: str = ""
    choices: tuple[str, ...] = ()


class Levels(Event, frozen=True, kw_only=True):
    """Ten times a second: levels in -dBov (0 loudest, 127 silence) of own microphone and people.

    ``delays_ms`` is how long each person's voice waits here to be smooth.
    """

    microphone: int
    speakers: dict[str, int] = {}
    delays_ms: dict[str, float] = {}


class FalseLevel(Event, frozen=True, kw_only=True):
    """For moderators, once for each person: what their client declares of how loud they are is not
    what is heard of them, and the server goes by it when it chooses whom to let through."""

    id: str
    text: str


class Problem(Event, frozen=True, kw_only=True):
    """Something a person should know, that ends nothing: one line.

    Of a line that is no command ``ref`` is its ref, if that could be read.
    """

    code: str
    text: str
    ref: int | None = None


class Left(Event, frozen=True, kw_only=True):
    """Last line of an engine: why it ends, and the exit code that says so."""

    code: str
    text: str
    exit_code: int


Notices = Callable[[Callable[[Problem], None]], None]
"""Gives whoever asks what a server of one's own has for its admin, from now on; on any thread."""

LocalCommand = Enter | OpenDevices | PlayTone | RenewMicrophone | ToggleMicrophone | PushToTalk
LocalEvent = Connection | Microphone | Device | Levels | FalseLevel | Problem | Left
ChannelCommand = RoomCommand | LocalCommand
ChannelEvent = ServerMessage | LocalEvent
