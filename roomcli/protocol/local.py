"""What engine and frontend say to each other besides the room's own commands and events.

One JSON object per line (the scripting contract). Room commands pass through the engine to the
server, room events from the server to the frontend; the messages here stay on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from . import commands as c
from . import events as e
from .adjustment import AdjustingCommand, VoicesAdjusted
from .health import ShowQuality, Stats, VoiceWayChanged, WatchStats
from .playing import PlayCommand, Playing
from .sound import ChangeSound, SoundChanged, SoundSettings

MAX_SERVERS = 8
"""Servers at which one may be at home at once."""
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
"""Why a microphone was opened or closed; only a press opens it."""
DeviceKind = Literal["microphone", "speaker"]


class Enter(c.Command, frozen=True, kw_only=True):
    """Enter this room, with these devices, muted; the room before is left.

    ``ticket`` takes back the seat that a previous engine had. ``levels`` asks for ``levels`` and
    for round trips in ``connection``, which only a screen needs. ``mic`` and ``speaker`` are device
    names, ``file:PATH``, ``fd:NUMBER`` (a pipe), ``tone:HZ`` or ``none``; None is the system's
    default. ``password`` is the room's, ``chat_after`` the number of the last chat message that the
    frontend has. ``auto_mute`` closes an open microphone after so many seconds of silence, 0 never.
    ``sound`` is what is done to the voice of a sound card; None is what the engine did before, or
    the defaults. With ``keeps_name``, name and headline hold whatever the person's profile says.
    ``udp`` says whether voice may go by UDP. ``chimes`` says whether short sounds tell what
    happens; None leaves that to the frontend. With ``push_to_talk_anywhere`` the desktop is asked
    for a key that is held to speak.
    """

    url: str
    name: str
    headline: str = ""
    keeps_name: bool = False
    intent: Literal["join", "host"] = "join"
    access: Literal["open", "invite"] = "open"
    mic: str | None = None
    speaker: str | None = None
    levels: bool = False
    ticket: str | None = None
    password: str | None = None
    chat_after: int = 0
    auto_mute: float = 0.0
    sound: SoundSettings | None = None
    udp: bool = True
    chimes: bool | None = None
    push_to_talk_anywhere: bool = False


class ConnectServer(c.Command, frozen=True, kw_only=True):
    """Be at home at this server too; the engine comes back home when a room is left.

    ``url`` is the server's, or that of any room there. The server answers by ``welcome``. While it
    cannot be reached it is tried again, at once when this is said again. ``keeps_name`` is as in
    ``enter``.
    """

    url: str
    name: str
    headline: str = ""
    keeps_name: bool = False


class DisconnectServer(c.Command, frozen=True, kw_only=True):
    """Be at home at this server no longer. A room there that one is in goes on."""

    url: str


class SignOnByBrowser(c.Command, frozen=True, kw_only=True):
    """Sign on with an issuer of the server's, by a browser on this machine.

    The engine waits for the browser; ``sign_on_begun`` says which address to open there, without
    its secrets. It ends by ``claim_made`` or ``claim_refused``. One at a time: a new one ends the
    one before.
    """

    issuer: str


class OpenDevices(c.Command, frozen=True, kw_only=True):
    """Open these devices without a room, to see their levels; may be sent again."""

    mic: str | None = None
    speaker: str | None = None


class PlayTone(c.Command, frozen=True, kw_only=True):
    """Play a short tone on the speakers, to test whether the person hears it."""


class RenewMicrophone(c.Command, frozen=True, kw_only=True):
    """Keep the leased microphone open for three more seconds: the frontend still draws."""


class ToggleMicrophone(c.Command, frozen=True, kw_only=True):
    """Unmute when muted, mute when not; for a key of the window manager's."""


class PushToTalk(c.Command, frozen=True, kw_only=True):
    """Unmute while ``down``; for window managers, since terminals do not report key releases.

    Press and release are each sent by a process of its own, and the release may come first. ``at``
    is the machine's monotonic clock at the press or release; a command that is older than the
    newest one so far is ignored.
    """

    down: bool
    at: float = 0.0


class HearYourself(c.Command, frozen=True, kw_only=True):
    """Hear one's own voice as others would, a second late, while muted; or no longer.

    Nothing of it is sent. It ends when the microphone opens. ``own_voice`` says how it goes.
    """

    on: bool = True


class PlayChimes(c.Command, frozen=True, kw_only=True):
    """Play short sounds when one comes in, is on air, or muted, and to moderators at each hand.

    Nobody else hears them. With ``on`` false, be silent.
    """

    on: bool = True


class ReadRoom(c.Command, frozen=True, kw_only=True):
    """Tell the room as it is now, by ``joined`` without invite and ticket.

    For the control socket, whose other end has not followed the room's events.
    """


class ChooseMicrophone(c.Command, frozen=True, kw_only=True):
    """Capture from this microphone from now on, in this room and in the next ones.

    ``device`` is "default" or as ``mic`` in ``enter``. The microphone stays open or closed, and
    the one in use goes on until the other one is there.
    """

    device: str


class ChooseSpeakers(c.Command, frozen=True, kw_only=True):
    """Play on these speakers from now on, as ``choose_microphone``."""

    device: str


class ListDevices(c.Command, frozen=True, kw_only=True):
    """List the microphones and speakers that there are now: ``device_list``."""


class WatchDevices(c.Command, frozen=True, kw_only=True):
    """Tell ``device_list`` now and whenever it changes, and what sound systems grant to devices.

    Meanwhile the microphone is in use in the audience too, so that ``levels`` shows it; it is not
    sent. For a page on which devices are chosen.
    """

    on: bool = True


class Connection(e.Event, frozen=True, kw_only=True):
    """The state of the link to the server; ``retry_in`` in seconds, ``rtt_ms`` the round trip.

    ``low_delay`` says whether one's voice is sent in frames of 10 ms, and little is kept ready.
    ``text`` is why the person has to wait; with ``connecting``, before they enter for the first
    time; with ``knocking``, at the door of a room until somebody there lets them in or does not.
    """

    state: Literal["connecting", "knocking", "connected", "reconnecting"]
    text: str = ""
    rtt_ms: float | None = None
    low_delay: bool = False
    retry_in: float | None = None


class Microphone(e.Event, frozen=True, kw_only=True):
    """The engine opened or closed the microphone; only this event says whether one is on air."""

    open: bool
    reason: MicrophoneReason = "pressed"


class OwnVoice(e.Event, frozen=True, kw_only=True):
    """Whether one hears oneself, and what is wrong with the microphone's sound.

    ``findings`` are of ``zeros``, ``silent``, ``clipped``, ``quiet``, ``noisy`` and ``echo``;
    ``said`` has a line for each, or one that says that all is well, or that nothing was said yet.
    ``speech`` and ``noise`` are levels in dBov, None until enough was said. Told again when the
    findings change.
    """

    on: bool
    findings: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    speech: float | None = None
    noise: float | None = None


class Device(e.Event, frozen=True, kw_only=True):
    """A microphone or speaker is in use (``problem`` empty) or is not, and why.

    ``choices`` are the names of all devices of its kind, also the one in use; given in answer to
    ``open_devices``.
    """

    kind: DeviceKind
    name: str
    problem: str = ""
    choices: tuple[str, ...] = ()


class DeviceList(e.Event, frozen=True, kw_only=True):
    """The names of all microphones and speakers that there are, in the sound system's order."""

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    ref: int | None = None


class DeviceChosen(e.Event, frozen=True, kw_only=True):
    """Another microphone or other speakers were chosen, to be used from now on.

    ``device`` is what to choose the next time: a name, "default", or as in ``enter``.
    """

    kind: DeviceKind
    device: str


class DeviceStatus(e.Event, frozen=True, kw_only=True):
    """What the sound system grants to a device in use; told while devices are watched.

    ``buffer_ms`` of sound lie with the sound system (None: it does not say), ``latency_ms`` pass
    in the device and before it. ``failures`` counts how often a device of this kind failed in this
    room, ``last_failure`` says why the last time.
    """

    kind: DeviceKind
    latency_ms: float
    buffer_ms: float | None = None
    failures: int = 0
    last_failure: str = ""


class Levels(e.Event, frozen=True, kw_only=True):
    """Levels of the own microphone and of people, ten times a second.

    Levels are in dBov, from 0 (loudest) down to -127 (silence). ``delays_ms`` is how long each
    person's voice is held back here for smooth playing.
    """

    microphone: int
    speakers: dict[str, int] = {}
    delays_ms: dict[str, float] = {}


class FalseLevel(e.Event, frozen=True, kw_only=True):
    """For moderators, once per person: a client declares another level than what is heard.

    The server goes by the declared levels when it chooses whose voice to let through.
    """

    id: str
    text: str


class Problem(e.Event, frozen=True, kw_only=True):
    """Something that a person should know and that ends nothing, in one line.

    For a line that is not a command, ``ref`` is the line's ref, if that could be read.
    """

    code: str
    text: str
    ref: int | None = None


class Left(e.Event, frozen=True, kw_only=True):
    """Last line of an engine: why it ends, and the exit code for that."""

    code: str
    text: str
    exit_code: int


Notices = Callable[[Callable[[Problem], None]], None]
"""Takes a function, and from then on calls it on any thread with news of the user's own server for
its admin."""

AskedCommand = c.DeskCommand | SignOnByBrowser
"""Commands of a frontend that need no room, and whose answers it waits for."""
LocalCommand = (
    ToggleMicrophone
    | PushToTalk
    | HearYourself
    | PlayChimes
    | ChooseMicrophone
    | ChooseSpeakers
    | ListDevices
    | ChangeSound
    | ShowQuality
    | PlayCommand
)
"""Commands about one's own microphone and speakers, and what one plays; they are typed as the
room's commands are."""
FrontendCommand = (
    Enter
    | ConnectServer
    | DisconnectServer
    | OpenDevices
    | WatchDevices
    | PlayTone
    | RenewMicrophone
    | WatchStats
)
"""What a frontend says to its engine by itself."""
TypedCommand = (
    c.FloorCommand
    | c.TalkCommand
    | c.ModerationCommand
    | c.HouseCommand
    | c.DoorCommand
    | c.TypedDeskCommand
    | c.Leave
    | LocalCommand
    | AdjustingCommand
    | SignOnByBrowser
)
"""Every command that can be typed: after a slash, to ``roomcli ctl``, in a script."""
LocalEvent = (
    Connection
    | Microphone
    | OwnVoice
    | Device
    | DeviceList
    | DeviceChosen
    | DeviceStatus
    | SoundChanged
    | Levels
    | Stats
    | VoiceWayChanged
    | FalseLevel
    | Playing
    | VoicesAdjusted
    | Problem
    | Left
)
ChannelCommand = TypedCommand | c.LeaveRoom | c.WatchRooms | c.WatchHome | FrontendCommand


class ServerNews(e.Event, frozen=True, kw_only=True):
    """What a server says at which one is at home; ``server`` is its URL, without room and fragment.

    In a line ``server`` stands beside the fields of what is said.
    """

    server: str
    said: e.ServerMessage | LocalEvent


class ForServer(c.Command, frozen=True, kw_only=True):
    """A command for one of several servers, by its URL.

    In a line ``server`` stands beside the fields of the command.
    """

    server: str
    asks: ChannelCommand | c.DeskCommand


ChannelEvent = e.ServerMessage | LocalEvent | ServerNews
