"""By which way one direction's voice and acknowledgements go: by UDP, or by TCP.

Its sender decides, each direction for itself: UDP often works one way alone. TCP is where it
begins and whither it falls back; UDP has to prove itself by answers to probes, and goes on proving
itself by what the peer reports to have received.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ...protocol.datagrams import TOKEN
from .unreported import Unreported

NOTHING_FOR = 1.5
"""Seconds of voice of which nothing came, while other traffic passed: then UDP is given up."""
HEAVY_LOSS = 0.20
HEAVY_FOR = 5.0
"""Seconds of loss as heavy as that, after which UDP is given up (RFC 8085, section 3.1.10)."""
PAUSE = 10.0
"""Seconds after that without a probe: a path that loses as much is not tried at once."""
PROBE_EVERY = 1.0
ANSWERS = 3
"""Answers in a row after which UDP takes over."""
ANSWER_WITHIN = 2.0
"""Seconds after which an answer comes too late."""
KEEP_ALIVE = 10.0
"""Seconds without a datagram after which a probe keeps the path open (address translation)."""
SILENT_FOR = 2.0
"""Seconds of voice by UDP without an acknowledgement by any way, after which it is held back."""
STANDSTILL = 1.25
"""Seconds in which nothing at all came: then nothing passed, by whichever way."""
RESUMED_FOR = 0.5
"""Seconds after that, and a round trip, until acknowledgements have told what arrives again."""
LATE = 0.1
"""Seconds, and a round trip, after which what was sent should be reported by what comes."""


class VoiceRoute:
    """The way of one direction, at its sender. Times are seconds, monotonic.

    ``draw(n)`` returns ``n`` random bytes. Where there is no address to send to yet, nothing is
    asked of it but :meth:`heard`.
    """

    __slots__ = (
        "_acks",
        "_answers",
        "_draw",
        "_heard_at",
        "_heavy_since",
        "_last_by_udp",
        "_not_before",
        "_noted_until",
        "_passing_since",
        "_probes",
        "_unacked_since",
        "_voice",
        "by_udp",
        "held_back",
        "newest_voice",
    )  # fmt: skip

    def __init__(self, draw: Callable[[int], bytes], now: float) -> None:
        self._draw = draw
        self.by_udp = False
        """Whether voice and acknowledgements go by UDP."""
        self.held_back = 0
        """Voice messages that were not sent since no acknowledgement came."""
        self._probes: dict[bytes, float] = {}
        self._answers = 0
        self._not_before = now
        self._last_by_udp = now
        self._heard_at = self._passing_since = now
        self.newest_voice = -1
        """The media time of the newest voice that went by UDP; -1 before there is any."""
        self._voice, self._acks = Unreported(), Unreported()
        self._noted_until = now
        self._unacked_since: float | None = None
        self._heavy_since: float | None = None

    def heard(self, now: float) -> None:
        """Note that a message of the peer came, any message by any way."""
        if now - self._heard_at > STANDSTILL:
            self._passing_since = now
        self._heard_at = now

    def probe(self, now: float) -> bytes | None:
        """Return the token of a probe that is to be sent now; None if none is."""
        if self.by_udp:
            if now - self._last_by_udp < KEEP_ALIVE:
                return None
        elif now < self._not_before:
            return None
        else:
            self._not_before = now + PROBE_EVERY
            for token, at in list(self._probes.items()):
                if now - at > ANSWER_WITHIN:
                    del self._probes[token]
                    self._answers = 0
        token = self._draw(TOKEN)
        self._last_by_udp = now
        if not self.by_udp:
            self._probes[token] = now
        return token

    def count_answer(self, token: bytes, now: float) -> None:
        """Take an answer to a probe, by any way; the third in a row lets UDP take over."""
        at = self._probes.get(token)
        if at is None or now - at > ANSWER_WITHIN:
            return
        earlier = [other for other, when in self._probes.items() if when < at]
        for each in (token, *earlier):
            del self._probes[each]
        self._answers = 1 if earlier else self._answers + 1
        if self._answers >= ANSWERS:
            self._go(by_udp=True)

    def admits_voice(self, media_time: int, now: float) -> bool:
        """Whether voice may go by UDP: not for long without any acknowledgement.

        If so, it counts as sent, with this media time (samples).
        """
        # What is sent a moment after what was noted is not noted itself; a server asks this for
        # each of thousands of listeners in each tick.
        if now < self._noted_until and media_time > self.newest_voice:
            self.newest_voice = media_time
            return True
        return self._note_voice(media_time, now)

    def _note_voice(self, media_time: int, now: float) -> bool:
        if self._unacked_since is None:
            self._unacked_since = now
        elif now - self._unacked_since > SILENT_FOR:
            self.held_back += 1
            return False
        self._last_by_udp = now
        self.newest_voice = media_time
        self._voice.note_sent(media_time, now)
        self._noted_until = min(self._voice.noted_until, self._unacked_since + SILENT_FOR)
        return True

    def sent_ack(self, mark: int, now: float) -> None:
        """Note that an acknowledgement went by UDP, under this counter (``side_channel.mark``)."""
        self._last_by_udp = now
        self._acks.note_sent(mark, now)

    def acknowledged(
        self, media_time: int, mark: int, loss: float | None, rtt: float, now: float
    ) -> None:
        """Take an acknowledgement of the peer, by any way.

        ``mark`` is that of the newest datagram that the peer has (-1: none), ``loss`` the share
        of the last two seconds, ``rtt`` the round trip in seconds.
        """
        self.heard(now)
        self._unacked_since = None
        self._noted_until = now
        self._voice.newest = self.newest_voice
        self._voice.forget_reported(media_time)
        # Voice has counters too: what the peer has is often later than the last acknowledgement.
        self._acks.forget_reported(min(mark, self._acks.newest))
        if not self.by_udp:
            return
        if loss is None or loss < HEAVY_LOSS:
            self._heavy_since = None
        elif self._heavy_since is None:
            self._heavy_since = now
        elif now - self._heavy_since >= HEAVY_FOR:
            self.fall_back(now + PAUSE)
            return
        for each in (self._voice, self._acks):
            if (
                each.since is not None
                and now - each.since >= NOTHING_FOR + rtt
                and now - self._passing_since >= RESUMED_FOR + rtt
            ):
                self.fall_back(now)
                return

    def misses(self, rtt: float, now: float) -> bool:
        """Whether an acknowledgement that has just come should have reported more."""
        sent = (self._voice.since, self._acks.since)
        return any(since is not None and now - since > LATE + rtt for since in sent)

    def fall_back(self, not_before: float) -> None:
        """Go by TCP, and probe from ``not_before`` on; also when the socket fails."""
        self._go(by_udp=False)
        self._not_before = not_before

    def _go(self, *, by_udp: bool) -> None:
        self.by_udp = by_udp
        self._probes.clear()
        self._answers = 0
        self._voice.clear()
        self._acks.clear()
        self._unacked_since = self._heavy_since = None
        self._noted_until = -math.inf
