"""Tests of shares alone: what is used up, by whom, and when it comes back."""

from __future__ import annotations

import functools
from collections import Counter

import pytest

from roomcli.errors import CommandRefused
from server.limits import DAY, DailyShare, ServerLimits, ShareLimits
from server.public.proxies import TrustedProxies
from server.rooms import shares
from server.rooms.shares import Portion, Share, Shares, Whose, is_from_here
from server.service import is_everybody

NET = "192.0.2.1"


def small(monkeypatch: pytest.MonkeyPatch, thing: shares.Thing, **portions: Portion) -> None:
    """Replace the shares of ``thing`` by small ones for this test."""
    usual = shares.portions_of
    monkeypatch.setattr(
        shares,
        "portions_of",
        lambda what, limits: portions if what == thing else usual(what, limits),
    )


def test_a_share_is_used_up_and_comes_back_with_time() -> None:
    share = Share(Portion(10, 100), 0.0)
    share.charge(9, 0.0)
    assert share.seconds_until(0.0) == 0.0
    share.charge(3, 0.0)  # the last of it may be more than is left
    wait = share.seconds_until(0.0)
    assert wait == pytest.approx(3 * DAY / 100)
    assert share.seconds_until(wait - 1) > 0.0
    assert share.seconds_until(wait) == 0.0
    for _ in range(100):
        share.charge(100, 0.0)
    assert share.seconds_until(DAY * 11 / 100) == 0.0, "nobody owes for ever"
    assert share.left(1000 * DAY) == 10, "nor saves for ever"
    share.charge(1, 0.0)  # a time of before takes nothing back
    assert share.left(1000 * DAY) <= 10


def test_each_has_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, "written", key=Portion(5, 5), network=Portion(20, 20), room=Portion(30, 30))
    told: list[str] = []
    all_of_them = Shares(told.append)
    ann, ben, cho = (Whose(name, NET, "standup of ann") for name in ("ann", "ben", "cho"))

    def use(whose: Whose, amount: float) -> bool:
        if all_of_them.seconds_until("written", whose, 0.0):
            with pytest.raises(CommandRefused, match="try again in"):
                all_of_them.refuse_excess("written", whose, 0.0)
            return False
        all_of_them.refuse_excess("written", whose, 0.0)
        all_of_them.charge("written", whose, amount, 0.0)
        return True

    assert use(ann, 5)
    assert not use(ann, 1)
    assert use(ben, 15)  # one person's share is no other's
    assert not use(cho, 1), "the network's is used up"
    assert use(cho._replace(network="192.0.2.2"), 10)
    assert not use(Whose("dan", "192.0.2.3", "standup of ann"), 1), "the room's is used up"
    assert use(Whose("dan", "192.0.2.3", "retro of dan"), 1)
    assert use(ann._replace(key="eve", network="", room=""), 1)
    assert [text.split(" has ")[0] for text in told] == [
        "the key ann",
        f"the network {NET}",
        "the room standup of ann",
    ]
    all_of_them.refuse_excess("written", ann, DAY)


def test_the_admin_is_told_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, "written", key=Portion(1, 1))
    told: list[str] = []
    all_of_them, ann = Shares(told.append), Whose("ann")
    for minute in range(121):
        all_of_them.charge("written", ann, 9, minute * 60.0)
        all_of_them.tell_used_up("written", ann, minute * 60.0)
    assert len(told) == 3


def test_who_used_nothing_lately_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MAX_KEPT", 10)
    all_of_them = Shares()
    for number in range(100):
        all_of_them.charge("rooms", Whose(str(number)), 1, number * DAY)
        assert len(all_of_them._shares) <= 11


def test_each_new_one_costs_the_same_however_many_have_used_up_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shares, "MAX_KEPT", 10)
    looks = Counter[str]()
    left = Share.left

    def looked_at(share: Share, now: float) -> float:
        looks["left"] += 1
        return left(share, now)

    monkeypatch.setattr(Share, "left", looked_at)
    all_of_them = Shares()
    for number in range(1000):
        all_of_them.charge("rooms", Whose(str(number)), 1, 0.0)
    assert looks["left"] < 4 * 1000


@pytest.mark.parametrize("network", ["127.0.0.1", "127.9.9.9", "::1", "::/48"])
def test_loopback_is_loopback(network: str) -> None:
    assert is_from_here(network) is not network.startswith("::/")


def test_loopback_has_more_of_what_is_written_but_not_of_rooms() -> None:
    loopback, near = Shares(), Shares()
    for kept, network in ((loopback, "127.0.0.1"), (near, NET)):
        whose = Whose(network=network)
        kept.charge("written", whose, ShareLimits().written_kib_per_address.at_once * 1024, 0.0)
        kept.charge("rooms", whose, ShareLimits().rooms_per_address.at_once, 0.0)
        assert kept.seconds_until("rooms", whose, 0.0) > 0
    assert loopback.seconds_until("written", Whose(network="127.0.0.1"), 0.0) == 0
    assert near.seconds_until("written", Whose(network=NET), 0.0) > 0


def test_a_trusted_proxys_own_addressis_everybody_too() -> None:
    proxies = TrustedProxies(["192.0.2.0/24"])
    behind = functools.partial(is_everybody, proxies)
    assert [behind(each) for each in ("192.0.2.7", "127.0.0.1", "198.51.100.1")] == [
        True,
        True,
        False,
    ]
    kept = Shares(is_everybody=behind)
    kept.charge(
        "written", Whose(network=NET), ShareLimits().written_kib_per_address.at_once * 1024, 0.0
    )
    assert kept.seconds_until("written", Whose(network=NET), 0.0) == 0


def test_the_admin_s_sizes_hold_from_the_moment_that_they_change() -> None:
    limits, ann = ServerLimits(), Whose("ann", NET)
    all_of_them = Shares(limits=limits)
    all_of_them.charge("rooms", ann, 2, 0.0)
    assert not all_of_them.seconds_until("rooms", ann, 0.0)
    few = ShareLimits(rooms_per_person=DailyShare(2, 1), written_kib_per_person=DailyShare(1, 2))
    limits.take_over(ServerLimits(shares=few))
    assert all_of_them.seconds_until("rooms", Whose("ben", NET), 0.0) == 0
    all_of_them.charge("rooms", ann, 1, 0.0)
    assert all_of_them.seconds_until("rooms", ann, 0.0) >= DAY / 2
    all_of_them.charge("written", ann, 2047, 0.0)
    assert not all_of_them.seconds_until("written", ann, 0.0)
    all_of_them.charge("written", ann, 1, 0.0)
    assert all_of_them.seconds_until("written", ann, 0.0)
