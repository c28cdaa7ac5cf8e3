"""What all rooms of a server forward, as plain numbers that only grow.

They are counted where voice passes, once a frame that comes and once a round that goes out, and
read when somebody asks for them (``server/admin/metrics.py``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..histogram import Histogram
from .egress import EgressMeter

LEFT_OUT = ("not_on_stage", "muted", "silenced", "too_many", "too_many_bits", "not_among_loudest")
"""Why a voice frame that came may not go out: whose it is may not speak now, it is beyond what one
voice may use, or others are louder."""


@dataclass(slots=True)
class CarriedVoice:
    """The voice that went one way: by TCP, say.

    A frame is one speaker's 20 ms (or 10); what goes out counts once for each listener. A bundle is
    the message with all frames of a round, for one listener.
    """

    frames_received: int = 0
    frames_sent: int = 0
    bundles_sent: int = 0
    bytes_sent: int = 0
    """Bytes of bundles as they were framed, before TLS, or of datagrams."""
    bundles_skipped: int = 0
    """Bundles that were not sent since their listener was behind."""

    def note_sent(self, bundles: int, frames: int, size: int, skipped: int) -> None:
        """Count a round: so many bundles of so many frames and bytes each, and those left out."""
        self.bundles_sent += bundles
        self.frames_sent += bundles * frames
        self.bytes_sent += bundles * size
        self.bundles_skipped += skipped


class Traffic:
    """The voice of all rooms, and how punctually it went out."""

    def __init__(self) -> None:
        self.tcp = CarriedVoice()
        self.udp = CarriedVoice()
        self.left_out: Counter[str] = Counter(dict.fromkeys(LEFT_OUT, 0))
        """Frames that came and did not go out, by :data:`LEFT_OUT`."""
        self.lateness = Histogram()
        """How long after its time a round began."""
        self.fanout = Histogram()
        """How long a round took, from its first listener to its last."""
        self.egress = EgressMeter()

    @property
    def by_transport(self) -> dict[str, CarriedVoice]:
        """The voice by how it went."""
        return {"tcp": self.tcp, "udp": self.udp}
