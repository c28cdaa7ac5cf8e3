"""Tests that communities outlive a restart whole, and that each command is one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from roomcli.protocol.commands import communities as cc
from server.communities.directory import CommunityDirectory
from server.store import Store
from server.store.sqlite import open_store

from .hall import Hall, person


def everything(directory: CommunityDirectory) -> dict[str, Any]:
    """Return all that a directory knows, lookups included."""
    return {
        name: value
        for name, value in vars(directory).items()
        if name not in ("_store", "_now", "changes", "elsewhere")
    }


async def live(hall: Hall) -> list[str]:
    """Let communities have a life in which everything occurs; return the ids of two."""
    hall.meet("ann", "ben", "cat", "dan", "eve", "fay")
    first = await hall.found("ann", name="Trio Folk", rules=("be kind",), about=("we talk",))
    second = await hall.found("ben", name="Hidden", hidden=True, entry="application")
    gone = await hall.found("cat", name="Gone")
    commands: list[tuple[str, cc.CommunityCommand]] = [
        ("ben", cc.JoinCommunity(community=first, rules=1)),
        ("cat", cc.JoinCommunity(community=first, rules=1)),
        ("dan", cc.JoinCommunity(community=first, rules=1)),
        ("ann", cc.SetCommunityRole(community=first, person="cat", role="moderator")),
        ("cat", cc.BanFromCommunity(community=first, person="dan", seconds=86400)),
        ("ann", cc.DescribeCommunity(community=first, entry="application", hosting="members")),
        ("eve", cc.JoinCommunity(community=first, rules=1, note="hello")),
        ("ann", cc.AddCommunityRoom(community=first, room="standup")),
        ("ben", cc.InviteToCommunity(community=second, person="eve")),
        ("ben", cc.InviteToCommunity(community=second, person="fay")),
        ("fay", cc.JoinCommunity(community=second)),
        ("ben", cc.AddCommunityRoom(community=second, room="retro")),
        ("ann", cc.LeaveCommunity(community=first)),
        ("eve", cc.JoinCommunity(community=gone)),
        ("cat", cc.CloseCommunity(community=gone)),
    ]
    for name, command in commands:
        hall.now += 1.0
        before = hall.store.queued
        await hall.ask(name, command)
        assert hall.store.queued == before + 1, command
    return [first, second]


async def restored(store: Store, now: float) -> CommunityDirectory:
    """Return what a new run of the server knows."""
    directory = CommunityDirectory(store, lambda: now)
    await directory.restore()
    return directory


async def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        hall = Hall(store)
        first, _ = await live(hall)
    async with open_store(tmp_path) as store:
        again = await restored(store, hall.now)
        assert everything(again) == everything(hall.directory)
        assert list(again.look_up(first).members) == list(hall.directory.look_up(first).members)
        assert again.look_up(first).role_of("cat") == "owner"
        log = await store.log.page(
            again.look_up(first).log_name, again.look_up(first).founded_at, 0, 99
        )
        assert [each.action for each in log][-2:] == ["add_room", "succession"]


async def test_a_room_that_another_community_took_is_found_whichever_is_read_first(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        hall = Hall(store)
        hall.meet("ann", "ben")
        first = await hall.found("ann", name="Trio Folk")
        second = await hall.found("ben", name="Bee Folk")
        await hall.ask("ann", cc.AddCommunityRoom(community=first, room="standup"))
        follower = await restored(store, hall.now)
        await hall.ask("ann", cc.GiveUpCommunityRoom(community=first, room="standup"))
        await hall.ask("ben", cc.AddCommunityRoom(community=second, room="standup"))
        for id in (second, first):
            await follower.read_elsewhere([id])
        assert follower.community_of("standup") == second


async def test_all_lists_are_in_the_order_of_coming_after_a_restart_too(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        hall = Hall(store)
        hall.meet("ann", "ben", "cat", "dan", "eve")
        id = await hall.found("ann")
        for name in ("ben", "cat", "dan"):
            await hall.ask(name, cc.JoinCommunity(community=id))
        for name in ("eve", "cat", "ben", "eve"):
            hall.now += 1.0
            await hall.ask("ann", cc.BanFromCommunity(community=id, person=name, reason="spam"))
    async with open_store(tmp_path) as store:
        again = await restored(store, hall.now)
        assert list(again.look_up(id).bans) == ["cat", "ben", "eve"]
        assert list(hall.directory.look_up(id).bans) == ["cat", "ben", "eve"]


async def test_who_is_anything_to_a_community_is_kept_and_its_log_too(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        hall = Hall(store)
        first, _ = await live(hall)
        hall.meet("gus")
        later = hall.now + 400 * 86400
        await store.people.forget_passing(later)
        await store.forget_old(later)
        await store.flushed()
        known = {name for name in ("ann", "cat", "dan", "eve", "gus") if store.people.find(name)}
        assert known == {"cat", "dan", "eve"}
        community = hall.directory.look_up(first)
        assert await store.log.page(community.log_name, community.founded_at, 0, 9)
        [(rest,)] = await store.writes.query(  # type: ignore[attr-defined]
            "SELECT count(DISTINCT room) FROM moderation_log"
        )
        assert rest == 2, "the log of the one that was closed goes after a while"


async def test_a_damaged_community_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        hall = Hall(store)
        first, second = await live(hall)
        third = await hall.found("dan", name="Third")
        fourth = await hall.found("dan", name="Fourth")
    with closing(sqlite3.connect(tmp_path / "roomcli.sqlite3")) as database:
        database.execute(
            "UPDATE community_people SET state = x'00' WHERE community = ? AND person = 'eve'",
            (first,),
        )
        database.execute("UPDATE communities SET state = x'c1' WHERE id = ?", (second,))
        name = hall.directory.look_up(third).log_name
        database.execute("DELETE FROM moderation_log WHERE room = ? AND number = 1", (name,))
        database.commit()
    told: list[str] = []
    async with open_store(tmp_path, lambda code, text: told.append(code)) as store:
        again = await restored(store, hall.now)
        assert len(again) == 1
        assert again.look_up(fourth).name == "Fourth"
        assert told == ["community_unreadable"] * 2


def test_persons_of_the_hall_differ() -> None:
    assert person("ann").key != person("ben").key
