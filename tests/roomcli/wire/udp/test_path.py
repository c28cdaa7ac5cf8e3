"""Tests that voice goes only to addresses that answered, and that nobody is an amplifier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.datagrams import TOKEN, Probe
from roomcli.wire.udp.keys import Direction, derive_key
from roomcli.wire.udp.path import ASK_AGAIN, CHECK_SIZE, GOOD_FOR, PathCheck
from roomcli.wire.udp.sealing import Sealer

HOME, CAFE, VICTIM = "192.0.2.1", "198.51.100.2", "203.0.113.3"


def numbers() -> Callable[[int], bytes]:
    """Return a source of bytes in which none comes twice."""
    counter = count(1)
    return lambda size: next(counter).to_bytes(size)


def at_home() -> PathCheck[str]:
    """Return a path that was checked."""
    path = PathCheck[str](numbers())
    token = path.came_from(HOME, CHECK_SIZE, True, 0.0)
    assert token
    assert path.confirm(token, 0.1)
    return path


def test_the_size_is_that_of_the_datagram_that_asks() -> None:
    sealer = Sealer(b"aaaa", derive_key(bytes(32), b"aaaa", Direction.TO_CLIENT))
    assert len(sealer.seal(Probe(bytes(TOKEN)).encode())) == CHECK_SIZE


def test_voice_goes_nowhere_before_an_answer() -> None:
    path = PathCheck[str](numbers())
    token = path.came_from(HOME, 100, True, 0.0)
    assert token
    assert path.address is None
    assert not path.confirm(bytes(TOKEN), 0.1)
    assert path.address is None
    assert path.confirm(token, 0.1)
    assert path.address == HOME
    assert not path.confirm(token, 0.2)


def test_a_new_address_is_asked_while_voice_goes_to_the_old_one() -> None:
    path = at_home()
    token = path.came_from(CAFE, 100, True, 1.0)
    assert token
    assert path.address == HOME
    assert path.confirm(token, 1.1)
    assert path.address == CAFE


def test_an_older_datagram_from_elsewhere_starts_nothing() -> None:
    path = at_home()
    assert path.came_from(CAFE, 100, False, 1.0) is None
    assert path.came_from(HOME, 100, True, 1.0) is None


def test_what_is_shorter_than_the_question_gets_none() -> None:
    path = PathCheck[str](numbers())
    assert path.came_from(HOME, CHECK_SIZE - 1, True, 0.0) is None
    assert path.came_from(HOME, CHECK_SIZE, True, 0.0)


def test_a_lost_question_is_asked_again_and_not_for_each_datagram() -> None:
    path = PathCheck[str](numbers())
    asked = [path.came_from(HOME, 100, True, tick * 0.02) for tick in range(50)]
    tokens = [each for each in asked if each]
    assert len(set(tokens)) == 1
    assert 1 < len(tokens) <= 1 / ASK_AGAIN
    assert path.confirm(tokens[0], 1.2)


def test_who_is_back_before_they_answered_is_asked_anew_the_next_time() -> None:
    path = at_home()
    first = path.came_from(CAFE, 100, True, 1.0)
    path.came_from(HOME, 100, True, 1.1)
    assert first
    assert not path.confirm(first, 1.2)
    second = path.came_from(CAFE, 100, True, 1.3)
    assert second not in (None, first)


def test_an_answer_may_not_come_for_ever() -> None:
    path = PathCheck[str](numbers())
    token = path.came_from(HOME, 100, True, 0.0)
    assert token
    assert not path.confirm(token, GOOD_FOR + 0.1)
    assert path.came_from(HOME, 100, True, GOOD_FOR + 0.1) not in (None, token)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([HOME, CAFE, VICTIM]),
            st.integers(25, 1500),
            st.booleans(),
            st.floats(0, 2),
        ),
        max_size=100,
    )
)
def test_who_does_not_answer_gets_no_more_bytes_than_came_from_there(
    datagrams: list[tuple[str, int, bool, float]],
) -> None:
    """The member answers for their own addresses; whatever they name, the victim is not flooded."""
    path, now = PathCheck[str](numbers()), 0.0
    came, went = Counter[str](), Counter[str]()
    for address, size, is_newest, step in datagrams:
        now += step
        came[address] += size
        token = path.came_from(address, size, is_newest, now)
        if token:
            went[address] += CHECK_SIZE
            if address != VICTIM:
                path.confirm(token, now)
        assert path.address != VICTIM
        assert went[address] <= came[address]
