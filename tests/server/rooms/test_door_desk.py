"""Tests of what open rooms hold about somebody: exported, and deleted as far as it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.rooms.rules.state import KNOCK_NEWS

from ...support.serving import Client, serving


async def exported(client: Client, kind: str) -> list[dict[str, Any]]:
    """Return what is exported of one kind."""
    before = len(client.got)
    await client.do(c.ExportProfile())
    held = [each for each in client.got[before:] if isinstance(each, e.ThingHeld)]
    return [each.thing for each in held if each.kind == kind]


async def knocks(client: Client) -> list[dict[str, Any]]:
    """Return what is exported about somebody's knocking."""
    return await exported(client, "knock")


async def test_what_doors_hold_is_exported_and_who_deletes_it_waits_no_longer(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host", name="Ann")
        await ann.do(c.ChangeSettings(knock=True))
        zoe = await server.connected()
        await zoe.say_hello()
        await zoe.do(c.Knock(room="standup"))
        await ann.until(e.Knocked)
        (waits,) = await knocks(zoe)
        assert waits["room"] == "standup"
        assert waits["since"] is not None
        assert waits["turned_away_until"] is None
        await zoe.do(c.DeleteProfile())
        assert any(isinstance(each, e.KnockAnswered) for each in zoe.got)
        assert await knocks(zoe) == []
        await ann.until(e.KnockSettled)
        server.pass_time(KNOCK_NEWS)
        await zoe.do(c.Knock(room="standup"))
        knocked = await ann.until(e.Knocked, lambda news: news.knockers)
        (id,) = knocked.knockers
        await ann.do(c.AnswerKnock(id=id, let_in=False))
        await zoe.do(c.DeleteProfile())
        (kept,) = await knocks(zoe)
        assert (kept["since"], kept["turned_away_until"] is not None) == (None, True)


async def test_what_somebody_is_and_wrote_in_open_rooms_is_exported(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host", name="Ann")
        ben = await server.client(name="Ben")
        await ben.do(c.Chat(text="hello"))
        await server.bring_on_stage(ann, ben)
        await ann.do(c.Chat(text="not Ben's"), c.Silence(id=ben.id, reason="noise"))
        assert [each["text"] for each in await exported(ben, "chat")] == ["hello"]
        (room,) = await exported(ben, "room")
        assert (room["room"], room["owner"], room["ban"]) == ("standup", False, None)
        assert room["roles"] == ["speaker"]
        assert room["silence"]["reason"] == "noise"
        (own,) = await exported(ann, "room")
        assert own["owner"]
