"""Voice of those on stage: everybody talks without a pause, out of step with the others."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence

from ..protocol.audio import FRAME, RATE
from .crowd import Crowd, CrowdMember
from .tally import draw_payload

FRAME_NS = 20_000_000
UPLINK_ALLOWANCE = int(0.75 * RATE)
"""Media time that the server may be behind, with no allowance for the round trip."""


class Talking:
    """What some people of a crowd say, from the first order on.

    ``guarded``: as section 7 of the protocol wants it, nothing is sent while the server is behind;
    frames left out for that reason count as sent and missed. ``voice`` has the frames to say, again
    and again; without any it is silence that tells when it was sent.
    """

    def __init__(
        self,
        crowd: Crowd,
        speakers: Sequence[CrowdMember],
        *,
        guarded: bool = True,
        voice: Sequence[bytes] = (),
    ) -> None:
        self._crowd = crowd
        self._speakers = speakers
        self._guarded = guarded
        self._voice = voice
        self._chance = random.Random(7)
        self._began: int | None = None
        self._turn = 0

    def go_on(self, begin: int, end: int) -> dict[str, object]:
        """Talking until ``end``, and count the frames from ``begin`` on, in ns of the clock."""
        if not self._speakers:
            self._crowd.serve_until(end)
            return {"sent": 0, "skipped": 0, "lost": self._crowd.lost}
        if self._began is None:
            self._began = time.monotonic_ns() + FRAME_NS
        count = len(self._speakers)
        sent = skipped = 0
        while not self._crowd.over:
            # Speakers are not in step with each other: their frames are spread over the 20 ms.
            number, speaker = divmod(self._turn, count)
            due = self._began + number * FRAME_NS + speaker * FRAME_NS // count
            if due >= end:
                self._crowd.serve_until(end)
                break
            self._crowd.serve_until(due)
            stamp = time.monotonic_ns()
            if stamp >= end:
                break
            self._turn += 1
            skipped += not self._utter(number, speaker, stamp) and stamp >= begin
            sent += stamp >= begin
        return {"sent": sent, "skipped": skipped, "lost": self._crowd.lost}

    def _utter(self, number: int, speaker: int, stamp: int) -> bool:
        client = self._speakers[speaker]
        loudness = 12 * abs(math.sin(number / 9 + speaker)) - 24 - self._chance.random() * 6
        if self._voice:
            payload = self._voice[(number + 61 * speaker) % len(self._voice)]
        else:
            payload = draw_payload(self._chance, stamp)
        behind = number * FRAME - client.acknowledged
        if self._guarded and behind > UPLINK_ALLOWANCE:
            return False
        return client.speak(number, int(loudness), payload)
