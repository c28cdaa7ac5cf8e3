"""Tests of how much may be asked for: by kind, by person, and by address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.allowances import Allowances, TokenBucket, kind_of, network
from server.calendar.rules.plans import MAX_ON_SERVER
from server.limits import ADDRESS_SHARE, PER_PERSON, CommunityLimits, Kind
from server.people.claims.state import MAX_CLAIMS_IN_ALL
from server.people.profiles.desk import MAX_PROFILES
from server.people.ties.desk import MAX_TIES_IN_ALL

from ..support.serving import Client, Turned, serving

HOME, FRIENDS = "198.51.100.7", "198.51.100.8"


def taken(allowances: Allowances, kind: Kind, key: str, address: str, now: float) -> int:
    """Return how often a request passes at this moment."""
    count = 0
    while not allowances.take(kind, key, address, now):
        count += 1
    return count


def test_a_bucket_gives_at_once_then_at_its_rate_and_says_how_long_to_wait() -> None:
    bucket = TokenBucket(rate=2.0, burst=3.0, now=100.0)
    assert [bucket.take(1, 100.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert bucket.take(1, 100.25) == pytest.approx(0.25)
    assert bucket.take(1, 100.5) == 0.0
    assert not bucket.is_full(101.0)
    assert bucket.is_full(102.0)
    assert [bucket.take(1, 1000.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]  # and no more
    assert bucket.take(1, 0.0) == 0.5  # a clock that goes back gives nothing


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_kind_has_an_allowance_of_its_own(kind: Kind) -> None:
    allowances = Allowances()
    rate = PER_PERSON[kind]
    assert taken(allowances, kind, "ann", "", 5.0) == rate.at_once
    assert allowances.take(kind, "ann", "", 5.0) == pytest.approx(1 / rate.per_second)
    for other in get_args(Kind):
        assert other == kind or allowances.take(other, "ann", "", 5.0) == 0.0
    assert allowances.take(kind, "ben", "", 5.0) == 0.0
    assert allowances.take(kind, "ann", "", 5.0 + 1.01 / rate.per_second) == 0.0


def test_an_address_has_what_ten_people_have() -> None:
    allowances = Allowances()
    keys = [f"key{number}" for number in range(100)]
    assert taken(allowances, "chat", "key0", HOME, 5.0) == PER_PERSON["chat"].at_once
    passed = PER_PERSON["chat"].at_once
    passed += sum(taken(allowances, "chat", key, HOME, 5.0) for key in keys)
    assert passed == ADDRESS_SHARE * PER_PERSON["chat"].at_once
    assert allowances.take("chat", "ann", FRIENDS, 5.0) == 0.0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback_is_an_address_like_others(address: str) -> None:
    allowances = Allowances()
    passed = sum(taken(allowances, "chat", f"key{n}", address, 5.0) for n in range(100))
    assert passed == ADDRESS_SHARE * PER_PERSON["chat"].at_once


def test_where_no_address_counts_only_people_do() -> None:
    allowances = Allowances()
    for number in range(ADDRESS_SHARE + 5):
        assert taken(allowances, "chat", f"key{number}", "", 5.0) == PER_PERSON["chat"].at_once


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("found", CommunityLimits().open),
        ("plan", MAX_ON_SERVER),
        ("profile", MAX_PROFILES),
        ("claim", MAX_CLAIMS_IN_ALL),
        ("tie", MAX_TIES_IN_ALL),
    ],
)
def test_one_address_does_not_fill_the_server_in_days(kind: Kind, most: int) -> None:
    allowances = Allowances()
    day, hour, passed = 86400, 3600, 0
    for at in range(0, 3 * day, hour):
        keys = (f"key{at}-{n}" for n in range(200))
        passed += sum(allowances.take(kind, key, HOME, float(at)) == 0.0 for key in keys)
    assert passed < most / 2


def test_a_whole_office_may_come_back_at_once() -> None:
    allowances = Allowances()
    assert not any(allowances.take("enter", f"key{n}", HOME, 5.0) for n in range(500))
    assert not any(allowances.take_connection(HOME, 5.0) for _ in range(500))


def test_a_full_hall_behind_one_address_may_clap() -> None:
    allowances = Allowances()
    for second in range(10):
        for person in range(60):
            for clap in range(3):
                now = second + clap / 3
                assert not allowances.take("react", f"key{person}", HOME, now), (second, person)


def test_all_that_one_customer_can_have_in_ipv6_is_one_network() -> None:
    assert network("2001:db8:7::1") == network("2001:db8:7:ffff::2%eth0")
    assert network("2001:db8:7::1") != network("2001:db8:8::1")
    assert network("198.51.100.7") != network("198.51.100.8")


def test_who_was_quiet_is_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.allowances.MAX_BUCKETS", 10)
    allowances = Allowances()
    assert taken(allowances, "report", "ann", "", 5.0) == 3
    for number in range(50):
        allowances.take("chat", f"key{number}", "", 5.0 + number)
        assert allowances.take("report", "ann", "", 5.0 + number) > 0  # and nobody who has to wait
    assert len(allowances._buckets) <= 11


def test_many_who_are_not_forgotten_yet_are_not_looked_through_for_each_newcomer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.allowances.MAX_BUCKETS", 10)
    looks = 0

    def is_full(bucket: TokenBucket, now: float) -> bool:
        nonlocal looks
        looks += 1
        return False

    monkeypatch.setattr(TokenBucket, "is_full", is_full)
    allowances = Allowances()
    for number in range(1000):
        allowances.take("found", f"key{number}", "", 5.0)
    assert looks < 4000


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (c.Chat(text="hello"), "chat"),
        (c.SetPassword(password="a slow hash"), "password"),
        (c.Report(id="ben"), "report"),
        (c.MakeRoomInvite(), "invite"),
        (c.ReadLog(), "look"),
        (c.Lock(), "act"),
    ],
)
def test_what_costs_much_has_a_limit_of_its_own(command: c.RoomCommand, kind: Kind) -> None:
    assert kind_of(command) == kind


Asked = Callable[[int], c.RoomCommand]
TALK: dict[Kind, Asked] = {
    "chat": lambda number: c.Chat(text=f"message {number}"),
    "react": lambda number: c.React(reaction="👏"),
    "hand": lambda number: c.RaiseHand(topic=f"line {number}"),
    "look": lambda number: c.ReadLog(),
    "act": lambda number: c.Mute(),
}


async def until_refused(client: Client, command: Asked) -> tuple[int, e.Refused]:
    """Send commands until one is refused; return how many passed, and the refusal."""
    for number in range(200):
        answer = await client.ask(command(number))
        if isinstance(answer, e.Refused):
            return number, answer
    raise AssertionError("never refused")


@pytest.mark.parametrize("kind", TALK)
async def test_who_asks_too_much_is_told_how_long_to_wait(tmp_path: Path, kind: Kind) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        passed, refused = await until_refused(guest, TALK[kind])
        assert passed >= PER_PERSON[kind].at_once
        assert refused.code == "rate_limited"
        assert refused.retry_after is not None
        assert 0 < refused.retry_after <= 1 / PER_PERSON[kind].per_second
        await guest.do(c.Mute() if kind == "look" else c.ListPeople())  # of another kind
        await host.do(TALK[kind](0) if kind != "hand" else c.LowerHand())  # of another person


async def test_a_second_connection_brings_no_second_allowance(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        one = await server.client(name="Ben")
        two = await server.client(key=one.key, name="Ben again")
        assert two.id != one.id
        report = c.Report(id=host.id, reason="spam")
        for client in (one, two, one):
            await client.do(report)
        for client in (one, two):
            refused = await client.ask(report)
            assert isinstance(refused, e.Refused)
            assert refused.code == "rate_limited"
            assert refused.retry_after is not None
            assert 30 < refused.retry_after <= 60


async def test_who_comes_too_often_is_to_come_back_later(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        key = host.view.people[host.view.me].key
        taken(server.hub.allowances, "enter", key, "", trio.current_time())
        with pytest.raises(Turned) as turned:
            await server.client(key=host.key, intent="host")
        assert turned.value.code == "rate_limited"
        wait = turned.value.refused.retry_after
        assert wait is not None
        assert 0 < wait <= 1
        await server.client(name="Ben")
