"""Tests of what was sent and not reported."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.udp.unreported import Unreported


def test_since_when_is_that_of_the_first_that_the_peer_does_not_have() -> None:
    sent = Unreported()
    assert sent.since is None
    for second in range(5):
        sent.note_sent(second * 10, float(second))
    assert sent.since == 0.0
    sent.forget_reported(-1)
    assert sent.since == 0.0
    sent.forget_reported(25)
    assert sent.since == 3.0
    sent.forget_reported(40)
    assert sent.since is None
    sent.note_sent(50, 9.0)
    assert sent.since == 9.0


def test_what_was_never_sent_settles_nothing() -> None:
    sent = Unreported()
    sent.note_sent(5, 1.0)
    sent.forget_reported(6)
    assert sent.since == 1.0


def test_a_mark_that_goes_back_begins_anew() -> None:
    sent = Unreported()
    sent.note_sent(500, 1.0)
    sent.note_sent(3, 8.0)
    assert sent.since == 8.0
    sent.forget_reported(3)
    assert sent.since is None


@given(st.lists(st.floats(0, 0.3), max_size=400), st.integers(-1, 400))
def test_it_is_never_said_to_be_longer_ago_than_it_is(steps: list[float], reported: int) -> None:
    sent, now, times = Unreported(), 0.0, []
    for mark, step in enumerate(steps):
        now += step
        times.append(now)
        sent.note_sent(mark, now)
    sent.forget_reported(reported)
    if reported >= len(steps):
        reported = -1
    missing = times[reported + 1 :]
    if sent.since is not None:
        assert missing
        assert sent.since >= missing[0]
    else:
        assert not missing or now - missing[0] <= 0.25
    assert len(sent._sent) <= 16
