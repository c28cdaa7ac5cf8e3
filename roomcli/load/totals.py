"""What a load sent and heard in all, and what follows: delays, bandwidth, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .tally import BUCKET_NS

Said = Mapping[str, Any]
"""What a process of a load says, as :mod:`roomcli.load.process` has it."""
BUSY = 0.8
"""The share of a core from which on the load itself may be what one waits for."""


class LoadTotals:
    """Adds up what the processes of a load say of one second after the other."""

    def __init__(self, listeners: int) -> None:
        self._listeners = listeners
        self._delays: Counter[int] = Counter()
        self._shares: list[list[float]] = []
        self.seconds = 0
        self.sent = 0
        """Frames that were due from the speakers."""
        self.held_back = 0
        """Those of them that were not sent, since the server was behind."""
        self.forwarded = 0
        """Frames that the server sent on."""
        self.heard = 0
        """Frames, each counted for every listener who got it."""
        self.size = 0
        """Bytes in which they came."""
        self.lost = 0
        """Connections that ended meanwhile."""

    def add(self, spoken: Said, heard: Sequence[Said]) -> None:
        """Add what was said of one second by the speakers' process and by the listeners'."""
        self.seconds += 1
        self.sent += spoken["sent"]
        self.held_back += spoken["skipped"]
        self.forwarded += max(each["distinct"] for each in heard)
        self.heard += sum(each["delivered"] for each in heard)
        self.size += sum(each["bytes"] for each in heard)
        self.lost = spoken["lost"] + sum(each["lost"] for each in heard)
        for each in heard:
            self._delays.update(dict(each["delays"]))
        self._shares.append([each["cpu_share"] for each in (spoken, *heard)])

    @property
    def skipped_rate(self) -> float | None:
        """The share of what the server sent on that did not come to a listener."""
        due = self.forwarded * self._listeners
        return max(0.0, 1 - self.heard / due) if due else None

    @property
    def mbit_s(self) -> float:
        """Voice that came to all in a second, in Mbit, with the heads of its messages."""
        return self.size * 8 / 1e6 / max(1, self.seconds)

    @property
    def mbit_s_per_listener(self) -> float:
        """The same, to one listener."""
        return self.mbit_s / self._listeners

    @property
    def cpu_share(self) -> float:
        """The share of a core that the busiest process of the load used."""
        each = zip(*self._shares, strict=True)
        return max((sum(shares) / len(shares) for shares in each), default=0.0)

    @property
    def is_bottleneck(self) -> bool:
        """Whether the load itself may be what one waits for."""
        return self.cpu_share > BUSY

    def delay_ms(self, share: float) -> float | None:
        """Return the delay from speaker to listener that this share of the frames keeps within."""
        wanted = share * self._delays.total()
        for bucket in sorted(self._delays):
            wanted -= self._delays[bucket]
            if wanted <= 0:
                return (bucket + 1) * BUCKET_NS / 1e6
        return None
