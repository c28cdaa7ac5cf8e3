"""How well voice goes on one machine: the questions about it, and what ``stats`` tells.

Counts and lengths without another word are of the last minute: a total says nothing of now.
"""

from __future__ import annotations

from msgspec import Struct

from . import commands as c
from . import events as e
from .people import Count


class ShowQuality(c.Command, frozen=True, kw_only=True):
    """Tell once how well voice goes, by ``stats``."""


class WatchStats(c.Command, frozen=True, kw_only=True):
    """Tell it once a second from now on, or, with ``on`` false, no longer."""

    on: bool = True


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

    ``rtt_ms`` is the round trip to the server; None while it is not known. A device that is not in
    use is None.
    """

    rtt_ms: float | None
    voices: dict[str, VoiceHealth] = {}
    microphone: MicrophoneHealth | None = None
    speaker: SpeakersHealth | None = None
    ref: Count | None = None
