"""How well voice goes: what the parts of the engine count, as figures of the last minute.

Pure: time is an argument, in seconds. The parts count for themselves, and their totals only grow,
but begin anew with a device, a connection or a speaker.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..audio.jitter import JitterStats
from ..audio.samples import RATE
from ..protocol.audio import DEAF, FRAME
from ..protocol.health import BY_TCP, MicrophoneHealth, SpeakersHealth, Stats, VoiceHealth, VoiceWay

MINUTE: Final = 60.0


class RecentGrowth:
    """How much some totals have grown in the last minute."""

    def __init__(self) -> None:
        self._grown: deque[tuple[float, dict[str, int]]] = deque()
        self._totals: dict[str, int] = {}

    def add_totals(self, now: float, **totals: int) -> None:
        """Take the totals of this moment; those that have fallen began anew."""
        before, self._totals = self._totals, totals
        while self._grown and now - self._grown[0][0] >= MINUTE:
            self._grown.popleft()
        grown = {name: _growth(before.get(name, 0), total) for name, total in totals.items()}
        if any(grown.values()):
            self._grown.append((now, grown))

    def __getitem__(self, name: str) -> int:
        """How much the total of this name has grown; 0 if it is not known."""
        return sum(grown.get(name, 0) for _, grown in self._grown)


def _growth(before: int, after: int) -> int:
    return after - before if after >= before else after


@dataclass(frozen=True, slots=True)
class LinkTotals:
    """The link to the server. ``unsent`` frames of the own voice did not go out.

    ``uplink`` is the way of the own voice, ``downlink`` that of the others'.
    """

    rtt: float | None = None
    unsent: int = 0
    uplink: VoiceWay = BY_TCP
    downlink: VoiceWay = BY_TCP


@dataclass(frozen=True, slots=True)
class CaptureTotals:
    """A microphone in use: its own latency in seconds, and the samples that were lost."""

    name: str
    latency: float
    lost: int


@dataclass(frozen=True, slots=True)
class PlayoutTotals:
    """A device that plays: its own latency in seconds, and the samples that are kept ready.

    ``missing`` samples were asked for in vain, ``gaps`` times there was nothing to play; this
    machine stood still ``stalls`` times. One that ``is_silent`` plays to nobody.
    """

    name: str
    latency: float
    cushion: int
    missing: int
    gaps: int
    stalls: int
    is_silent: bool = False


class Health:
    """The health of the voices that are heard, of the own one, and of the devices."""

    def __init__(self) -> None:
        self._sent_frames = self._sent_samples = self._sent_octets = self._sent_until = 0
        self._own = RecentGrowth()
        self._playing = RecentGrowth()
        self._heard: dict[str, RecentGrowth] = {}
        self._link = LinkTotals()
        self._capture: CaptureTotals | None = None
        self._playout: PlayoutTotals | None = None
        self._voices: dict[str, JitterStats] = {}

    def sent(self, media_time: int, octets: int) -> None:
        """Count a frame of the own voice by its media time and its bytes.

        One is as long as the media time since the one before it, but for those after a pause.
        """
        passed, self._sent_until = media_time - self._sent_until, media_time
        self._sent_samples += passed if 0 < passed < FRAME else FRAME
        self._sent_frames += 1
        self._sent_octets += octets

    def measure(
        self,
        now: float,
        link: LinkTotals,
        capture: CaptureTotals | None,
        playout: PlayoutTotals | None,
        voices: Mapping[str, JitterStats],
    ) -> None:
        """Take what all parts have counted until now; called about once a second."""
        self._link, self._capture, self._playout = link, capture, playout
        self._own.add_totals(
            now,
            frames=self._sent_frames,
            samples=self._sent_samples,
            octets=self._sent_octets,
            unsent=link.unsent,
            lost=capture.lost if capture is not None else 0,
        )
        if playout is not None:
            self._playing.add_totals(
                now, missing=playout.missing, gaps=playout.gaps, stalls=playout.stalls
            )
        self._voices = dict(voices)
        self._heard = {id: self._heard.get(id) or RecentGrowth() for id in voices}
        for id, each in voices.items():
            self._heard[id].add_totals(
                now,
                frames=each.received,
                octets=each.octets,
                expected=each.expected,
                late=each.late,
                broken=each.corrupt + each.dropped,
                concealed=each.concealed,
                hurried=each.accelerated,
                stretched=each.decelerated,
            )

    def figures(self, ref: int | None = None) -> Stats:
        """Return all figures as they were told last."""
        link = self._link
        return Stats(
            rtt_ms=None if link.rtt is None else _tenths(link.rtt * 1000),
            uplink=link.uplink,
            downlink=link.downlink,
            voices={id: self._voice(id, each) for id, each in self._voices.items()},
            microphone=self._microphone(),
            speaker=self._speakers(),
            ref=ref,
        )

    @property
    def playing_delay(self) -> int | None:
        """How many milliseconds after its arrival voice is heard; None while that is not known.

        That of the voice that is held back for longest counts; ``DEAF`` if nothing is played.
        """
        playout = self._playout
        if playout is None:
            return None
        if playout.is_silent:
            return DEAF
        held = max((each.delay_ms for each in self._voices.values() if each.active), default=0.0)
        return round(max(held, 0.0) + playout.latency * 1000) + _milliseconds(playout.cushion)

    def _voice(self, id: str, stats: JitterStats) -> VoiceHealth:
        grown, playout = self._heard[id], self._playout
        after = 0.0
        if playout is not None:
            after = playout.latency * 1000 + _milliseconds(playout.cushion)
        return VoiceHealth(
            delay_ms=_tenths(stats.delay_ms),
            target_ms=_tenths(stats.target_ms),
            to_ear_ms=_tenths((self._link.rtt or 0.0) * 500 + stats.delay_ms + after),
            frame_ms=stats.frame_ms,
            frames=grown["frames"],
            lost=max(grown["expected"] - grown["frames"], 0),
            late=grown["late"],
            broken=grown["broken"],
            concealed_ms=_milliseconds(grown["concealed"]),
            hurried_ms=_milliseconds(grown["hurried"]),
            stretched_ms=_milliseconds(grown["stretched"]),
            kbps=_kbps(grown["octets"], grown["frames"] * stats.frame_ms),
        )

    def _microphone(self) -> MicrophoneHealth | None:
        capture, own = self._capture, self._own
        if capture is None:
            return None
        return MicrophoneHealth(
            name=capture.name,
            latency_ms=_tenths(capture.latency * 1000),
            lost_ms=_milliseconds(own["lost"]),
            frames=own["frames"],
            unsent=own["unsent"],
            kbps=_kbps(own["octets"], _milliseconds(own["samples"])),
        )

    def _speakers(self) -> SpeakersHealth | None:
        playout = self._playout
        if playout is None:
            return None
        return SpeakersHealth(
            name=playout.name,
            latency_ms=_tenths(playout.latency * 1000),
            cushion_ms=_milliseconds(playout.cushion),
            missing_ms=_milliseconds(self._playing["missing"]),
            gaps=self._playing["gaps"],
            stalls=self._playing["stalls"],
        )


def _milliseconds(samples: int) -> int:
    return round(samples * 1000 / RATE)


def _kbps(octets: int, milliseconds: float) -> float:
    return _tenths(octets * 8 / milliseconds) if milliseconds else 0.0


def _tenths(value: float) -> float:
    return round(value, 1)
