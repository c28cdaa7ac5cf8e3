"""Tests that rooms need of the store what its protocols say, and nothing of SQLite."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import first_fault
from server.store import EVERYWHERE

from ...support import serving as serving_module
from ...support.memory_store import memory_store
from ...support.serving import Turned, serving


async def test_rooms_live_and_are_restored_with_another_kind_of_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = memory_store()

    @contextlib.asynccontextmanager
    async def the_same(folder: Path, *, limits: object) -> AsyncIterator[object]:
        yield store

    monkeypatch.setattr(serving_module, "open_store", the_same)
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host")
        ben, troll = await server.client(name="Ben"), await server.client(name="Troll")
        await server.bring_on_stage(ann, ben)
        await ann.do(c.ChangeSettings(topic="Lighthouses"), c.Chat(text="hello"), c.Lock())
        await ben.do(c.Report(id=troll.id, reason="spam"))
        await ann.do(c.Silence(id=ben.id), c.Ban(id=troll.id))
        await server.client(server.room("short"), ann.key, intent="host")
        assert server.hub.end_room("short")
    assert not await trio.Path(tmp_path / "roomcli.sqlite3").exists()
    async with serving(tmp_path) as server:
        assert await store.rooms.names() == ["standup"]
        back = await server.client(key=ann.key, intent="host")
        assert back.view.role == "host"
        assert (back.view.settings.topic, back.view.locked) == ("Lighthouses", True)
        assert [each.text for each in back.joined.chat] == ["hello"]
        again = await server.client(key=ben.key, name="Ben", ticket=ben.joined.ticket)
        assert again.id == ben.id
        assert again.view.role == "speaker"
        refused = await again.ask(c.Unmute())
        assert isinstance(refused, e.Refused)
        assert refused.code == "silenced"
        await back.do(c.Unlock())
        with pytest.raises(Turned) as turned:
            await server.client(key=troll.key, name="Troll")
        assert turned.value.code == "banned"
        page = await back.question(c.ReadLog(after=0), e.LogPage)
        assert first_fault(page.entries, "standup", page.opened_at) is None
        assert [each.action for each in page.entries][-3:] == ["silence", "ban", "unlock"]
        assert await store.reports.count_open() == (1, 0)
        assert await store.bans.of_room(EVERYWHERE, "", 0.0) == []
