"""Tests of the last commands that servers share in a database: bounded, and none beyond a while."""

from __future__ import annotations

import pytest

from server.rooms.rules.answered import KeptAnswer
from server.store.postgres import open_store, room_answers

from ....support.postgres import Postgres

ROOM = "standup"
BAN = KeptAnswer("host", 1, "ban", by_moderator=True)


def chats(count: int) -> list[KeptAnswer]:
    """Return what somebody has written."""
    return [KeptAnswer("ben", 2**53 - 1 - number, "chat") for number in range(count)]


async def test_the_next_owner_reads_the_newest_and_moderators_first(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_answers, "MOST", 3)
    async with open_store(url, shared=True) as store, open_store(url, shared=True) as other:
        assert store.answers is not None
        assert other.answers is not None
        for answer in (BAN, *chats(3)):
            store.answers.save(ROOM, answer)
        store.answers.save("retro", BAN)
        await store.flushed()
        assert await other.answers.of_room(ROOM) == [BAN, *chats(3)[1:]]


async def test_what_is_old_goes_by_itself(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_answers, "FORGET_EVERY", 2)
    async with open_store(url, shared=True) as store:
        assert store.answers is not None
        store.answers.save(ROOM, BAN)
        await store.flushed()
        postgres.give("UPDATE roomcli_answers SET at = now() - interval '3 minutes'", url)
        assert await store.answers.of_room(ROOM) == []
        (chat,) = chats(1)
        store.answers.save(ROOM, chat)
        await store.flushed()
        postgres.give("UPDATE roomcli_answers SET at = now()", url)
        assert await store.answers.of_room(ROOM) == [chat]


async def test_a_server_that_is_alone_keeps_none(url: str) -> None:
    async with open_store(url) as store:
        assert store.answers is None
