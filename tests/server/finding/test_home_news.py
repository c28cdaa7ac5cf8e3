"""Tests of the news of home: who is told, when, and of what."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.finding.home_news import SECONDS

from ...support.serving import Client, serving
from .square import Listening, Square, played, square


async def settled(*ears: Listening) -> list[int]:
    """Let the news go out; return how many each was told."""
    await trio.sleep(4 * SECONDS)
    return [len(each.frames) for each in ears]


def two_watching(here: Square) -> tuple[Listening, Listening]:
    """Let two people watch home."""
    for name in ("ann", "ben", "cat"):
        here.meet(name)
    return here.watch("ann")[1], here.watch("ben")[1]


def test_who_watches_is_told_at_once_and_then_of_what_concerns_them() -> None:
    async def play() -> None:
        async with square() as here:
            ann, ben = two_watching(here)
            assert await settled(ann, ben) == [1, 1]
            here.store.ties.tie("ann", "follows", "cat", 1.0)
            assert await settled(ann, ben) == [2, 1]
            here.meet("cat", name="Cathy")
            assert await settled(ann, ben) == [3, 1]
            assert ann.told[-1].people["cat"].name == "Cathy"
            here.plan("talk", "cat")
            assert await settled(ann, ben) == [4, 2]
            here.plan("between us", "cat", visibility="private", invited=("ben",))
            assert await settled(ann, ben) == [4, 3]
            group = here.found("bees", "ann", hidden=True)
            assert await settled(ann, ben) == [5, 3]
            here.found(group.id, "ann", hidden=True, summary="New")
            assert await settled(ann, ben) == [6, 3]
            assert ann.told[-1].communities[0].summary == "New"

    played(play)


def test_many_changes_are_told_together_and_never_sooner_than_a_few_seconds() -> None:
    async def play() -> None:
        async with square() as here:
            ann, _ = two_watching(here)
            await trio.sleep(0.5)
            told_at = []
            for number in range(60):
                before = len(ann.frames)
                here.plan(f"e{number}", "cat")
                await trio.sleep(0.5)
                if len(ann.frames) > before:
                    told_at.append(trio.current_time())
            gaps = [late - early for early, late in pairwise(told_at)]
            assert len(told_at) >= 5
            assert min(gaps) >= SECONDS - 0.5

    played(play)


def test_who_watches_no_longer_or_cannot_take_more_is_told_nothing() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("ann", "ben"):
                here.meet(name)
            (watcher, ann), (_, ben) = here.watch("ann"), here.watch("ben")
            assert await settled(ann, ben) == [1, 1]
            here.news.forget(watcher)
            here.news.forget(watcher)
            ben.blocked = True
            here.plan("talk", "ann")
            assert await settled(ann, ben) == [1, 1]
            ben.blocked = False
            assert await settled(ann, ben) == [1, 2]
            again, ear = here.watch("ann")
            assert await settled(ear) == [1]
            here.news.forget(again)

    played(play)


def test_what_is_over_goes_after_a_while_though_nothing_happens() -> None:
    async def play() -> None:
        async with square() as here:
            here.meet("ann")
            here.plan("talk", "ann", 60.0, minutes=5)
            _, ann = here.watch("ann")
            await settled(ann)
            assert len(ann.told[-1].occurrences) == 1
            await trio.sleep(1200)
            assert [len(each.occurrences) for each in ann.told] == [1, 0]

    played(play)


async def home_until(client: Client, wanted: object) -> e.HomeShown:
    """Read news of home until somebody followed is on stage so, by room."""
    while True:
        shown: e.HomeShown = await client.until(e.HomeShown)
        if {each.room.name: each.followed for each in shown.rooms if each.followed} == wanted:
            return shown


async def test_a_followed_person_on_stage_shows_at_home_and_in_a_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(server.room("talks"), intent="host", name="Ann")
        watcher = await server.client(server.room("own"), intent="host", name="Ben")
        me = ann.view.people[ann.view.me].id
        await watcher.do(c.WatchHome(), c.Follow(person=me))
        shown = await home_until(watcher, {"talks": (me,)})
        assert (shown.rooms[0].room.name, shown.people[me].name) == ("talks", "Ann")
        assert shown.ref is None
        await watcher.do(c.LeaveRoom())
        other = watcher.view.people[watcher.view.me].id
        await ann.do(c.Block(person=other))  # their follow is in vain now, and stays in their list
        blocked: e.HomeShown = await watcher.question(c.ShowHome(), e.HomeShown)
        assert {each.followed for each in blocked.rooms} == {()}
        assert blocked.following == (me,)
        await ann.do(c.Unblock(person=other))
        again: e.HomeShown = await watcher.question(c.ShowHome(), e.HomeShown)
        assert again.rooms[0].followed == (me,)
        await ann.do(c.LeaveRoom())
        await home_until(watcher, {})
        await watcher.do(c.WatchHome(on=False))
