"""When a person is told that voice goes by another way than before, and in which words. Pure."""

from __future__ import annotations

from ..protocol.health import By, VoiceWay, VoiceWayChanged

_WORDS = {
    ("udp", "udp"): "Voice goes by UDP again",
    ("tcp", "udp"): "Your voice goes by TCP now: UDP does not get through to the server",
    ("udp", "tcp"): "You hear by TCP now: UDP does not get through to you",
    ("tcp", "tcp"): "Voice goes by TCP now: UDP does not get through",
}
_BEGINNING: tuple[By, By] = ("tcp", "tcp")


class WayNews:
    """Follows the ways of one visit's voice. It begins with TCP, and what follows is as it should.

    That UDP takes over for the first time is no news for a person; that it gives way is.
    """

    def __init__(self) -> None:
        self._now = _BEGINNING
        self._has_given_way = False

    def follow_ways(self, ways: tuple[VoiceWay, VoiceWay] | None) -> VoiceWayChanged | None:
        """Take the ways of this moment, one's own and the others'; return what is new about them.

        None while one is in no room: the next visit begins with TCP, and that is no news.
        """
        if ways is None:
            self._now, self._has_given_way = _BEGINNING, False
            return None
        uplink, downlink = ways
        before, self._now = self._now, (uplink.by, downlink.by)
        if self._now == before:
            return None
        pairs = zip(before, self._now, strict=True)
        gives_way = any(was == "udp" and now == "tcp" for was, now in pairs)
        self._has_given_way = self._has_given_way or gives_way
        text = _WORDS[self._now] if self._has_given_way else ""
        return VoiceWayChanged(uplink=uplink.by, downlink=downlink.by, text=text)
