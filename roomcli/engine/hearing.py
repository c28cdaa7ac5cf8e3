"""The way from the wire to the mixer: whose voice an entry is, and in which order it plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..audio.jitter import JitterStats
from ..audio.mixer import Mixer
from ..audio.packets import Packet
from ..audio.rendering import UNCHANGED, Rendering
from ..errors import AudioError
from ..protocol import events as e
from ..protocol.audio import RATE, Bundle, BundleEntry, Flags, unwrap
from ..protocol.local import FalseLevel, Problem
from ..protocol.view import RoomView

CAP = RATE
"""Samples by which a played bundle may lag behind the newest, by the room's clock and ours."""
PATIENCE = 5.0
"""Seconds of only late bundles after which the room's clock is taken to have changed."""
_DRIFT = RATE // 1000
"""Samples per second by which two clocks may differ."""


@dataclass
class _Stream:
    """The newest sequence number and media time of one holder of a slot, without wrapping."""

    sequence: int
    media_time: int


class Freshness:
    """Tells bundles that were delayed on their way from bundles that came in time."""

    def __init__(self) -> None:
        self._newest: float | None = None
        self._at = 0.0
        self._late_since: float | None = None

    def is_fresh(self, media_time: int, now: float) -> bool:
        """Whether a bundle with this media time that came at ``now`` (seconds) is worth playing."""
        ahead = media_time - now * RATE
        newest = self._newest
        if newest is not None:
            newest -= (now - self._at) * _DRIFT
        self._at = now
        if newest is None or newest - ahead <= CAP:
            self._late_since = None
            self._newest = ahead if newest is None else max(newest, ahead)
            return True
        self._newest = newest
        if self._late_since is None:
            # A time without any bundle is no sign of another clock: what comes after it is stale.
            self._late_since = now
        if now - self._late_since <= PATIENCE:
            return False
        self._late_since = None
        self._newest = ahead
        return True


class Hearing:
    """Hands the entries of bundles to the mixer, to the speaker who holds each slot in the view."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._you = ""
        self._holders: dict[tuple[int, int], str] = {}
        self._streams: dict[tuple[int, int], _Stream] = {}
        self._renderings: Mapping[str, Rendering] = {}
        self._freshness = Freshness()
        self._moderates = False
        self._names: dict[str, str] = {}
        self._marked: set[str] = set()
        self.unknown = 0
        """Entries whose slot or generation was not announced; they are not played."""
        self.problem = ""
        """Why nothing can be heard, as text for a person; empty when there is no problem."""

    def follow_stage(
        self, view: RoomView, renderings: Mapping[str, Rendering] | None = None
    ) -> None:
        """Take over who is on stage, and in which slot, from ``view``.

        ``renderings`` says of seats how they are to sound, if not as they are sent.
        """
        self._you = view.you
        self._moderates = view.is_moderator
        self._names = {id: view.shown(speaker).name for id, speaker in view.stage.items()}
        holders = {
            (speaker.slot, speaker.generation): id
            for id, speaker in view.stage.items()
            if speaker.connected
        }
        self._follow_renderings(renderings or {})
        if holders == self._holders:
            return
        for key, id in self._holders.items():
            if holders.get(key) != id:  # the speaker left, or has another slot or generation
                self._mixer.remove(id)
                self._streams.pop(key, None)
        self._holders = holders

    def _follow_renderings(self, renderings: Mapping[str, Rendering]) -> None:
        for id in {*self._renderings, *renderings}:
            self._mixer.set_rendering(id, renderings.get(id, UNCHANGED))
        self._renderings = renderings

    def restart(self) -> None:
        """Forget all streams and holders, because a new connection numbers them anew."""
        self._freshness = Freshness()
        self._streams.clear()
        for id in self._holders.values():
            self._mixer.remove(id)
        self._holders = {}

    def receive_bundle(self, bundle: Bundle, now: float) -> list[e.Event]:
        """Hand a bundle's entries to their speakers' buffers; return events for the person.

        ``now`` is in seconds.
        """
        if not self._freshness.is_fresh(bundle.media_time, now):
            return []
        problem = self.problem
        for entry in bundle.entries:
            id = self._holders.get((entry.slot, entry.generation))
            if id is None:
                self.unknown += 1
            elif id != self._you:
                self._play(id, entry, now)
        if self.problem != problem:
            return [Problem(code="no_codec", text=self.problem)]
        return list(self._marks()) if self._moderates else []

    def _marks(self) -> Iterator[FalseLevel]:
        for id in self._mixer.false_levels() - self._marked:
            self._marked.add(str(id))
            name = self._names.get(str(id), "somebody")
            yield FalseLevel(
                id=str(id),
                text=f"{name} is not as loud as their client declares: the server believes it when "
                "it chooses who is heard",
            )

    def levels(self, now: float) -> dict[str, int]:
        """Return who is heard at this moment, and how loud, in dBov."""
        heard, holders = self._mixer.levels(now), set(self._holders.values())
        return {str(id): level for id, level in heard.items() if id in holders}

    def stats(self) -> dict[str, JitterStats]:
        """Return the statistics of each voice of others that is heard, by seat."""
        others = set(self._holders.values())
        return {str(id): each for id, each in self._mixer.stats().items() if id in others}

    def delays_ms(self) -> dict[str, float]:
        """Return how many milliseconds each active speaker's voice is held back to be smooth."""
        return {id: round(stats.delay_ms, 1) for id, stats in self.stats().items() if stats.active}

    def _play(self, id: str, entry: BundleEntry, now: float) -> None:
        key = (entry.slot, entry.generation)
        stream = self._streams.get(key)
        if stream is None or entry.flags & Flags.DISCONTINUITY:
            stream = self._streams[key] = _Stream(entry.sequence, entry.media_time)
        stream.sequence = unwrap(entry.sequence, 16, stream.sequence)
        stream.media_time = unwrap(entry.media_time, 32, stream.media_time)
        try:
            buffer = self._mixer.buffer_of(id, self._renderings.get(id, UNCHANGED))
        except AudioError as error:
            self.problem = str(error)
            return
        packet = Packet(
            stream.sequence,
            stream.media_time,
            entry.payload,
            start=bool(entry.flags & Flags.START),
            end=bool(entry.flags & Flags.END),
            discontinuity=bool(entry.flags & Flags.DISCONTINUITY),
            level=entry.level,
        )
        buffer.push(packet, now)
