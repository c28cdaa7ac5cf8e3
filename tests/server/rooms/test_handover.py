"""Tests of a room as it is handed over: nothing that was acknowledged is missing from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.moderation_log import LogEntry
from server.rooms.handover import HandedRoom, decode_handover, encode_handover
from server.rooms.room_changes import (
    RoomChange,
    change_of,
    changed,
    decode_change,
    encode_change,
)
from server.rooms.rules import RoomState
from server.rooms.rules import effects as f
from server.rooms.rules.answered import KeptAnswer

from ...support.memory_store import memory_store

ROOM = "standup"


def entry(number: int) -> LogEntry:
    """Return an entry of a log."""
    return LogEntry(number=number, at=1.0, action="lock", previous="")


def open_room(state: RoomState | None = None, *answers: KeptAnswer) -> Any:
    """Return what stands for a room in this state, which has these answers."""
    state = state or RoomState.new(ROOM, "open", owner="", at=1.0)
    given_again = SimpleNamespace(all=lambda: answers, known_for=5.0)
    return SimpleNamespace(state=state, given_again=given_again)


async def test_an_entry_that_is_written_while_a_page_is_read_is_in_the_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = memory_store()
    room = open_room()

    def write(number: int) -> None:
        store.log.append(ROOM, 1.0, entry(number))
        room.state = replace(room.state, log_count=number)

    read = store.log.page

    async def page(*which: Any) -> list[LogEntry]:
        found = list(await read(*which))
        if len(found) == 1 and which[2] == 0:
            write(2)  # a moderator acts meanwhile, as on a store that takes its time
        return found

    write(1)
    monkeypatch.setattr(store.log, "page", page)
    handed = HandedRoom(store)
    assert (await handed.describe(room)).log == (entry(1), entry(2))
    write(3)
    assert (await handed.describe(room)).log == (entry(1), entry(2), entry(3))


async def test_a_room_whose_log_is_not_whole_is_not_handed_over() -> None:
    store = memory_store()
    state = replace(RoomState.new(ROOM, "open", owner="", at=1.0), log_count=2)
    room = open_room(state)
    store.log.append(ROOM, 1.0, entry(1))
    with pytest.raises(StoreError, match="missing"):
        await HandedRoom(store).describe(room)


async def test_a_room_with_a_hole_in_its_log_is_not_taken_up() -> None:
    store = memory_store()
    room = open_room()
    handed = await HandedRoom(store).describe(room)
    whole = changed(handed, [RoomChange(log=(entry(1),)), RoomChange(log=(entry(1), entry(2)))])
    assert whole is not None
    assert whole.log == (entry(1), entry(2))
    with pytest.raises(StoreError, match="missing"):
        changed(handed, [RoomChange(log=(entry(1),)), RoomChange(log=(entry(3),))])


async def test_the_last_commands_go_with_the_room_and_with_what_they_changed() -> None:
    room = open_room(None, first := KeptAnswer("ann", 1, "chat"))
    handed = decode_handover(encode_handover(await HandedRoom(memory_store()).describe(room)))
    keep = f.KeepAnswer(answer=(second := KeptAnswer("ann", 2, "lock")), known_for=9.0)
    change = decode_change(encode_change(change_of([keep, f.SaveRoom()], room.state, {})))
    whole = changed(handed, [change, RoomChange()])
    assert whole is not None
    assert change.room is not None
    assert whole.answers == (first, second)
    assert (handed.known_for, whole.known_for) == (5.0, 9.0)
    assert handed.is_same_room(whole), "a room is not opened anew for them"
