"""From the wire to the mixer: whose voice an entry is, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..audio.mixer import Mixer
from ..errors import AudioError
from ..protocol.audio import SAMPLE_RATE, Bundle, BundleEntry, Flags, unwrap
from ..protocol.events import Event
from ..protocol.local import FalseLevel, Problem
from ..protocol.view import RoomView

CAP = SAMPLE_RATE
"""A bundle that is further behind the newest, by the room's clock and ours, is not played."""
PATIENCE = 5.0
"""Seconds of nothing but old bundles after which it is the room's clock that is another."""
_DRIFT = SAMPLE_RATE // 1000
"""By how many samples a second two clocks may differ."""


@dataclass
class _Stream:
    """One holder of one slot: the numbers that undo the wrapping."""

    sequence: int
    media_time: int


class Freshness:
    """Tells bundles that were held up on their way from those that were not."""

    def __init__(self) -> None:
        self._newest: float | None = None
        self._at = self._fresh_at = 0.0

    def is_fresh(self, media_time: int, now: float) -> bool:
        """Whether a bundle of this media time, which came ``now`` (seconds), is worth playing."""
        ahead = media_time - now * SAMPLE_RATE
        newest = self._newest
        if newest is not None:
            newest -= (now - self._at) * _DRIFT
        self._at = now
        if newest is None or newest - ahead <= CAP or now - self._fresh_at > PATIENCE:
            self._fresh_at = now
            self._newest = ahead if newest is None or newest - ahead > CAP else max(newest, ahead)
            return True
        self._newest = newest
        return False


class Hearing:
    """Sorts the entries of bundles into the mixer, by what the view says of slots."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._you = ""
        self._holders: dict[tuple[int, int], str] = {}
        self._streams: dict[tuple[int, int], _Stream] = {}
        self._freshness = Freshness()
        self._moderates = False
        self._names: dict[str, str] = {}
        self._marked: set[str] = set()
        self.unknown = 0
        """Entries of slots or generations that nobody announced; they are not played."""
        self.problem = ""
        """Why nothing can be heard, for a person."""

    def follow_stage(self, view: RoomView) -> None:
        """The stage is as in ``view`` from now on."""
        self._you = view.you
        self._moderates = view.is_moderator
        self._names = {id: speaker.person.name for id, speaker in view.stage.items()}
        holders = {
            (speaker.slot, speaker.generation): id
            for id, speaker in view.stage.items()
            if speaker.connected
        }
        if holders == self._holders:
            return
        for key, id in self._holders.items():
            if holders.get(key) != id:  # gone, or here anew with another slot or generation
                self._mixer.remove(id)
                self._streams.pop(key, None)
        self._holders = holders

    def restart(self) -> None:
        """The connection is a new one: nothing of what was numbered before counts."""
        self._freshness = Freshness()
        self._streams.clear()
        for id in self._holders.values():
            self._mixer.remove(id)
        self._holders = {}

    def receive_bundle(self, bundle: Bundle, now: float) -> list[Event]:
        """Hand a bundle's entries to their speakers' buffers; what a person should know of it.

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
        """Who is heard at this moment, and how loud (0 to 127, in -dBov)."""
        return {str(id): level for id, level in self._mixer.levels(now).items()}

    def delays_ms(self) -> dict[str, float]:
        """How long each speaker's voice waits to be smooth."""
        return {
            str(id): round(stats.delay_ms, 1)
            for id, stats in self._mixer.stats().items()
            if stats.active
        }

    def _play(self, id: str, entry: BundleEntry, now: float) -> None:
        key = (entry.slot, entry.generation)
        stream = self._streams.get(key)
        if stream is None or entry.flags & Flags.DISCONTINUITY:
            stream = self._streams[key] = _Stream(entry.sequence, entry.media_time)
        stream.sequence = unwrap(entry.sequence, 16, stream.sequence)
        stream.media_time = unwrap(entry.media_time, 32, stream.media_time)
        try:
            buffer = self._mixer.buffer_of(id)
        except AudioError as error:
            self.problem = str(error)
            return
        buffer.push(
            stream.sequence,
            stream.media_time,
            bool(entry.flags & Flags.START),
            bool(entry.flags & Flags.END),
            bool(entry.flags & Flags.DISCONTINUITY),
            entry.payload,
            now,
            entry.level,
        )
