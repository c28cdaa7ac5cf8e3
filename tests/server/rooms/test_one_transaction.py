"""Tests that a kill in the middle of a command leaves all of it on disk, or nothing of it."""

from __future__ import annotations

import sys
from pathlib import Path

import trio

from server.clock import Clock
from server.rooms.restoring import restored_room
from server.rooms.rules import Limits
from server.store.sqlite import open_store
from server.store.ties import TIE_KINDS

from ... import ROOT
from ...support.killed_server import CASES, ROOM


async def found(folder: Path) -> dict[str, object]:
    """Return what a new run of the server finds of the room, and of the bans from the server."""
    async with open_store(folder) as store:
        now = Clock().now()
        bans = [ban.name or ban.key for _, _, ban in await store.bans.page(now)]
        seats = {
            id: (seat.role, seat.hand_at is not None)
            for id, seat in store.seats.of_room(ROOM).items()
        }
        log = [each.action for each in await store.log.page(ROOM, 1.0, 0, 100)]
        keys = {each.id: [key.id for key in each.keys] for each in store.keyrings.everybody()}
        kept: dict[str, object] = {"bans": sorted(bans), "seats": seats, "log": log, "keys": keys}
        kept |= {
            "communities": {
                each.community.name: {id: type(what).__name__ for id, what in each.people.items()}
                for each in await store.communities.load()
            },
            "events": [
                (each.plan.invited, *map(sorted, (each.answers.get("", ()), each.hidden_from)))
                for each in await store.calendar.load()
            ],
            "choices": sorted(await store.calendar.load_choices()),
            "people": [store.people.find(id) is not None for id in ("ANN", "BEN", "GIL")],
            "profiles": [store.profiles.of_person(id) is not None for id in ("ANN", "BEN", "GIL")],
            "ties": [
                list(store.ties.made_by(id, kind)) for id in ("BEN", "GIL") for kind in TIE_KINDS
            ],
        }
        if ROOM in await store.rooms.names():
            room = await restored_room(store, ROOM, now, Limits())
            kept |= {
                "owner": room.owner,
                "settings": room.settings,
                "silences": list(room.silences),
                "turned_away": list(room.turned_away),
                "invites": [
                    (each.used_by, each.lowered, each.invite.used)
                    for each in room.room_invites.values()
                ],
            }
            assert room.log_count == len(log)
        return kept


async def test_a_kill_between_two_writes_leaves_all_of_a_command_or_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.killed_server", str(tmp_path)]
    await trio.run_process(command, cwd=ROOT)
    for name in CASES:
        places = sorted((tmp_path / name).iterdir(), key=lambda place: int(place.name))
        kept = [await found(place) for place in places]
        before, after = kept[0], kept[-1]
        assert before != after, name
        assert len(places) >= 4, f"{name} takes one write alone"
        committed = kept.index(after)
        assert kept == [before] * committed + [after] * (len(kept) - committed), name
        assert committed >= len(kept) - 2, f"{name} is on disk before its last write"
