"""Tests of which lines stand at home when more is planned than fits."""

from __future__ import annotations

import pytest

from roomcli.protocol import commands as c
from server.calendar.foremost import ASKED, OF_NETWORK, OF_PLANNER
from server.calendar.rules.journal import EventAnswered, PartAgreed

from ..finding.square import HOUR, Square, played, square


def crowd(here: Square, keys: int, each: int, network: str = "", **fields: object) -> None:
    """Let ever new keys plan things that all begin before anything else."""
    for number in range(keys):
        here.meet(f"x{network}{number}")
        for day in range(each):
            id = f"x{network}{number}-{day}"
            here.plan(id, f"x{network}{number}", 60.0 + number, origin=network, **fields)


async def lines(here: Square, name: str) -> list[str]:
    """Return what stands at somebody's home, by id."""
    return [each.event for each in (await here.home(name)).occurrences]


def test_what_one_has_to_do_with_stands_before_a_crowd_of_others() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("ann", "ben", "cat", "dan", "eve"):
                here.meet(name)
            here.found("bees", "ben", "ann", hidden=True)
            here.found("wasps", "ben")
            here.store.ties.tie("ann", "community", "wasps", 1.0)
            here.store.ties.tie("ann", "follows", "cat", 1.0)
            crowd(here, 20, 5)
            here.plan("own", "ann", 100 * HOUR)
            here.plan("talk", "ben", 99 * HOUR, speakers=("ann",))
            here.plan("maybe", "ben", 98 * HOUR)
            here.plan("hive", "ben", 50 * HOUR, visibility="community", community="bees")
            here.plan("nest", "ben", 51 * HOUR, community="wasps")
            here.plan("followed", "dan", 52 * HOUR, speakers=("cat",))
            here.plan("only-named", "dan", 53 * HOUR, organisers=("dan", "cat"))
            here.plan("asked", "eve", 40 * HOUR, visibility="private", invited=("ann",))
            now = here.hub.now()
            for id, entry in {
                "talk": PartAgreed(id="talk", by="ann", at=now),
                "maybe": EventAnswered(id="maybe", by="ann", at=now, day="", reply="maybe"),
                "followed": PartAgreed(id="followed", by="cat", at=now),
            }.items():
                here.planned.record(here.planned.look_up(id), [entry], now)
            found = await lines(here, "ann")
            assert found[:7] == ["maybe", "talk", "own", "hive", "nest", "followed", "asked"]
            assert len(found) == 30
            assert "only-named" not in found  # Cat has not agreed to be named

    played(play)


@pytest.mark.parametrize(
    ("network", "kept"), [("", 10 * OF_PLANNER), ("n", OF_NETWORK)], ids=["unknown", "known"]
)
def test_planners_and_networks_have_a_part_of_what_is_left(network: str, kept: int) -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("ann", "ben", "cat", "dan"):
                here.meet(name)
            crowd(here, 8, 9, network)
            others = [f"{name}{number}" for name in ("ben", "cat") for number in range(3)]
            for id in others:
                here.plan(id, id[:3], 80 * HOUR)
            found = await lines(here, "ann")
            assert sorted(each for each in found if each[0] != "x") == sorted(others)
            before = found[: found.index(others[0])]
            assert len(before) == min(kept, 8 * OF_PLANNER)
            assert len(found) == 30  # where there is room after all, the crowd may have it

    played(play)


def test_invitations_by_ever_new_keys_leave_room_for_the_rest() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("ann", "ben"):
                here.meet(name)
            crowd(here, 12, 5, visibility="private", invited=("ann",))
            here.plan("public", "ben", 90 * HOUR)
            assert (await lines(here, "ann"))[ASKED] == "public"

    played(play)


def test_what_has_no_line_is_in_the_list_that_goes_on() -> None:
    async def play() -> None:
        async with square() as here:
            here.meet("ann")
            crowd(here, 2, 20)
            here.plan("own", "ann", 100 * HOUR)
            shown = await here.home("ann")
            assert shown.occurrences[0].event == "own"
            listed = await here.ask("ann", c.ListEvents(of="week", after=shown.more))
            left = {each.id for each in here.planned.everything()}
            left -= {each.event for each in shown.occurrences}
            assert left <= {each.event for each in listed.occurrences}

    played(play)


def test_what_a_hidden_community_plans_changes_nothing_for_a_stranger() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("ann", "ben"):
                here.meet(name)
            here.found("bees", "ben", hidden=True)
            crowd(here, 1, 4)
            without = await here.home("ann")
            for number in range(40):
                here.plan(f"h{number}", "x0", 30.0, community="bees")
            assert await here.home("ann") == without

    played(play)
