"""Tests of who hears those on air: what is told of it, to whom, and how seldom."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import DEAF
from server.rooms import hearers
from server.rooms.hearers import HOLDS, LATE_MS, MISSED, MOST_NAMED, Hearer, Hearers, is_news

from ...support.serving import Client, serving

FINE = [Hearer("ann", 30, 0), Hearer("ben", 60, 0), Hearer("cid", 90, 0)]


def looked(*rounds: list[Hearer], apart: float = 2.0) -> Hearers:
    """Return what is known after these looks, some seconds apart."""
    known = Hearers()
    for number, hearing in enumerate(rounds):
        known.survey(hearing, number * apart)
    return known


def test_a_speaker_is_told_of_all_others_and_the_slowest_of_them() -> None:
    known = looked(FINE)
    assert known.told_to("ann", 15) == e.HeardBy(listeners=2, hearing=2, worst_ms=105)
    assert known.told_to("cid", 0) == e.HeardBy(listeners=2, hearing=2, worst_ms=60)
    assert known.told_to("gone", 0).listeners == 3
    assert looked([FINE[0]]).told_to("ann", 15) == e.HeardBy(listeners=0, hearing=0)


def test_who_misses_words_is_behind_until_a_while_after() -> None:
    slow = [*FINE[:2], Hearer("cid", 90, MISSED)]
    told = looked(FINE, slow).told_to("ann", 0)
    assert (told.hearing, told.listeners, told.worst_ms, told.troubled) == (1, 2, 60, 1)
    assert [(each.id, each.why) for each in told.trouble] == [("cid", "behind")]
    assert looked(slow).told_to("ann", 0).troubled == 0, "what was missed long ago does not count"
    few = [*FINE[:2], Hearer("cid", 90, MISSED - 1)]
    assert looked(FINE, few).told_to("ann", 0).troubled == 0
    calm = [slow] * round(HOLDS / 2)
    assert looked(FINE, *calm).told_to("ann", 0).troubled == 1
    assert looked(FINE, *calm, slow).told_to("ann", 0).troubled == 0


def test_who_is_late_hears_and_who_plays_nothing_does_not() -> None:
    told = looked([FINE[0], Hearer("ben", LATE_MS, 0), Hearer("cid", 5, 0, True)]).told_to("ann", 0)
    assert (told.hearing, told.listeners, told.worst_ms, told.troubled) == (1, 2, LATE_MS, 2)
    assert [(each.id, each.why) for each in told.trouble] == [("ben", "late"), ("cid", "deaf")]


def test_in_a_room_of_three_thousand_no_more_is_told() -> None:
    everybody = [Hearer(f"p{number}", number, 0) for number in range(3000)]
    told = looked(everybody).told_to("p7", 0)
    assert (told.listeners, told.hearing, told.troubled) == (2999, 2999, 3000 - LATE_MS)
    assert [each.delay_ms for each in told.trouble] == [2999 - n for n in range(MOST_NAMED)]
    assert len(codec.encode(told)) < 1000


HEARER = st.builds(
    Hearer,
    st.sampled_from("abcdefgh"),
    st.integers(0, 3000),
    st.integers(0, 40),
    st.booleans(),
)


@given(st.lists(st.lists(HEARER, unique_by=lambda each: each.id), min_size=1), st.text(max_size=1))
def test_counts_agree_whatever_happens(rounds: list[list[Hearer]], speaker: str) -> None:
    told = looked(*rounds).told_to(speaker, 10)
    others = {each.id for each in rounds[-1]} - {speaker}
    assert told.listeners == len(others)
    lost = sum(each.why != "late" for each in told.trouble)
    assert told.hearing <= told.listeners - lost
    assert len(told.trouble) == min(told.troubled, MOST_NAMED)
    assert {each.id for each in told.trouble} <= others
    assert (told.worst_ms > 0) == (told.hearing > 0)


def test_small_changes_are_no_news() -> None:
    before = looked(FINE).told_to("ann", 15)
    assert not is_news(before, looked(FINE).told_to("ann", 25))
    assert is_news(before, looked(FINE).told_to("ann", 35))
    assert is_news(before, looked(FINE[:2]).told_to("ann", 45))


async def test_only_who_is_on_air_is_told_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearers, "SECONDS", 0.05)

    def tell(client: Client, delay: int) -> None:
        now = trio.current_time()
        client.send(client.heartbeat.ack(0, now, client.visit, delay).encode())

    async with serving(tmp_path) as server:
        host = await server.client(intent="host", name="Ann")
        deaf, guest = await server.client(name="Ben"), await server.client(name="Cid")
        await host.do(c.InviteToStage(id=guest.id), c.Unmute())
        await guest.do(c.AcceptStageInvitation())
        tell(deaf, DEAF)
        tell(guest, 70)
        told: e.HeardBy = await host.until(e.HeardBy, lambda told: told.troubled)
        assert (told.listeners, told.hearing) == (2, 1)
        assert 70 <= told.worst_ms < hearers.LATE_MS
        (trouble,) = told.trouble
        assert (trouble.id, trouble.why) == (deaf.id, "deaf")
        assert told.people[trouble.person].name == "Ben"
        tell(deaf, 30)
        await host.until(e.HeardBy, lambda told: told.hearing == 2 and not told.troubled)
        for silent in (deaf, guest):
            await silent.do(c.React(reaction="👏"))
            assert not any(isinstance(each, e.HeardBy) for each in silent.got)
