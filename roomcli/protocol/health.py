"""How well voice goes on one machine: the questions about it, and what ``stats`` tells.

Counts and lengths without another word are of the last minute: a total says nothing of now.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from . import commands as c
from . import events as e
from .people import Count


class ShowQuality(c.Command, frozen=True, kw_only=True):
    """Tell once how well voice goes, by ``stats``."""


class WatchStats(c.Command, frozen=True, kw_only=True):
    """Tell it once a second from now on, or, with ``on`` false, no longer."""

    on: bool = True


By = Literal["udp", "tcp"]


class VoiceWay(Struct, frozen=True, kw_only=True):
    """The way of voice in one direction: ``by`` UDP, or the connection's TCP.

    ``lost_percent`` of the datagrams got lost in the last two seconds, in whichever way voice goes;
    None where that cannot be said. With ``repeated`` one's own voice goes out twice for that.
    """

    by: By = "tcp"
    lost_percent: float | None = None
    repeated: bool = False


BY_TCP = VoiceWay()


class VoiceWayChanged(e.Event, frozen=True, kw_only=True):
    """Voice goes by UDP or by TCP from now on: one's own, ``uplink``, or the others', ``downlink``.

    ``text`` says so to a person; empty when UDP takes over for the first time in a room, as usual.
    """

    uplink: By
    downlink: By
    text: str = ""


class VoiceHealth(Struct, frozen=True, kw_only=True):
    """The voice of one person as it arrives here.

    ``delay_ms`` is how long it is held back to be smooth, ``target_ms`` how long it should be,
    ``to_ear_ms`` how long it takes from the server to the ear: half the round trip, the jitter
    buffer, what lies ready for the device, and the device. ``frames`` of ``frame_ms`` came, at
    ``kbps`` thousand bits a second of speech; ``lost`` did not, ``late`` came when their time had
    passed, ``broken`` were no voice or absurd. ``concealed_ms`` of sound was made up,
    ``hurried_ms`` left out to catch up, ``stretched_ms`` played twice to wait. Opus is the only
    codec.
    """

    delay_ms: float
    target_ms: float
    to_ear_ms: float
    frame_ms: float
    frames: int
    lost: int
    late: int
    broken: int
    concealed_ms: int
    hurried_ms: int
    stretched_ms: int
    kbps: float
    codec: str = "opus"


class MicrophoneHealth(Struct, frozen=True, kw_only=True):
    """The own microphone and the way from it.

    ``latency_ms`` is the device's own, as it reports. ``lost_ms`` of sound came too fast to be
    taken. ``frames`` were sent at ``kbps`` thousand bits a second of speech, ``unsent`` were not,
    since the way to the server was blocked.
    """

    name: str
    latency_ms: float
    lost_ms: int
    frames: int
    unsent: int
    kbps: float


class SpeakersHealth(Struct, frozen=True, kw_only=True):
    """The device that plays.

    ``latency_ms`` is its own, as it reports; ``cushion_ms`` of sound is kept ready for it.
    ``missing_ms`` of sound came too late; ``gaps`` times there was nothing to play. This machine
    stood still ``stalls`` times.
    """

    name: str
    latency_ms: float
    cushion_ms: float
    missing_ms: int
    gaps: int
    stalls: int


class Stats(e.Event, frozen=True, kw_only=True):
    """How well voice goes here: the voices that are heard, by seat, and what is one's own.

    ``rtt_ms`` is the round trip to the server; None while it is not known. ``uplink`` is the way of
    one's own voice, ``downlink`` that of the others'. A device that is not in use is None.
    """

    rtt_ms: float | None
    uplink: VoiceWay = BY_TCP
    downlink: VoiceWay = BY_TCP
    voices: dict[str, VoiceHealth] = {}
    microphone: MicrophoneHealth | None = None
    speaker: SpeakersHealth | None = None
    ref: Count | None = None
