"""Tests of how far a connection may go: frames, pings, faults and refusals, with a fake clock."""

from __future__ import annotations

from server.limits import MessageLimits
from server.public.conduct import Conduct

LIMITS = MessageLimits()


class WatchedPeer:
    """A conduct with a clock, and the reason that it gave at the end."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ends: list[str] = []
        self.conduct = Conduct(LIMITS, lambda: self.now)
        self.conduct.on_end(self.ends.append)

    def frames(self, count: int) -> int:
        """Return how many of ``count`` frames are admitted at this moment."""
        return sum(self.conduct.admits_frame() for _ in range(count))


def test_frames_have_a_rate() -> None:
    watched = WatchedPeer()
    assert watched.frames(1000) == LIMITS.frames.at_once
    watched.now += 1.0
    assert watched.frames(1000) == LIMITS.frames.per_second
    assert watched.conduct.floods
    watched.now += 2.0
    assert not watched.conduct.floods
    assert watched.ends == []


def test_who_floods_without_a_pause_is_not_read_any_further() -> None:
    watched = WatchedPeer()
    began = watched.now
    while not watched.conduct.over:
        watched.frames(1000)
        watched.now += 0.5
    assert LIMITS.flood_seconds <= watched.now - began <= LIMITS.flood_seconds + 1.0
    assert len(watched.ends) == 1


def test_a_pause_within_the_rate_ends_a_flood() -> None:
    watched = WatchedPeer()
    for _ in range(10):
        for _ in range(6):
            watched.frames(1000)
            watched.now += 0.5
        watched.now += 2.0
    assert not watched.conduct.over


def test_pings_beyond_their_rate_are_faults() -> None:
    watched = WatchedPeer()
    admitted = sum(
        watched.conduct.admits_ping() for _ in range(int(LIMITS.pings.at_once) + LIMITS.malformed)
    )
    assert admitted == LIMITS.pings.at_once
    assert watched.conduct.over


def test_a_ping_now_and_then_is_no_fault() -> None:
    watched = WatchedPeer()
    for _ in range(1000):
        assert watched.conduct.admits_ping()
        watched.now += 1 / LIMITS.pings.per_second
    assert not watched.conduct.over


def test_the_last_fault_ends_it_once() -> None:
    watched = WatchedPeer()
    for _ in range(LIMITS.malformed - 1):
        watched.conduct.fault()
    assert not watched.conduct.over
    for _ in range(3):
        watched.conduct.fault()
    assert watched.ends == ["too many malformed messages"]


def test_refusals_are_counted_and_a_persons_few_do_no_harm() -> None:
    watched = WatchedPeer()
    for _ in range(int(LIMITS.refused.at_once)):
        watched.conduct.refused()
    for _ in range(100):
        watched.now += 1.01 / LIMITS.refused.per_second
        watched.conduct.refused()
    assert not watched.conduct.over
    watched.conduct.refused()
    assert watched.ends == ["too many commands that are refused"]


def test_what_another_server_has_counted_is_held_against_a_connection() -> None:
    here, there = WatchedPeer(), WatchedPeer()
    used = int(LIMITS.refused.at_once) - 1
    for _ in range(used):
        here.conduct.refused()
    for _ in range(3):  # it goes to and fro, and is counted once
        there.conduct.go_on_from(here.conduct.so_far())
        here.conduct.go_on_from(there.conduct.so_far())
    for each in (here, there):
        each.conduct.refused()
        assert not each.conduct.over
        each.conduct.refused()
        assert each.conduct.over
