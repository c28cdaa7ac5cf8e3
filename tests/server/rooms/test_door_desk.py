"""Tests of what the doors of rooms hold about somebody: exported, and deleted as far as it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.rooms.rules.state import KNOCK_NEWS

from ...support.serving import Client, serving


async def knocks(client: Client) -> list[dict[str, Any]]:
    """Return what is exported about somebody's knocking."""
    before = len(client.got)
    await client.do(c.ExportProfile())
    held = [each for each in client.got[before:] if isinstance(each, e.ThingHeld)]
    return [each.thing for each in held if each.kind == "knock"]


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
