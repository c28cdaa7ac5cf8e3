"""Tests of long lists of bans and silences, page after page, from the server to the screen."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, SilenceNotice
from server.rooms.rules.questions import BANS_PER_LIST

from ...support.plain_seat import seated
from ...support.serving import serving
from ...support.tui_seat import seat

COUNT = 2 * BANS_PER_LIST + 50
BANS = tuple(
    BanNotice(key=f"{number:032x}", name=f"Troll {number}", at=float(number))
    for number in range(COUNT)
)


def page_of(offset: int) -> e.BanList:
    """Make a page of at most 400 bans, as the server gives it."""
    end = len(BANS) - offset
    return e.BanList(bans=BANS[max(0, end - BANS_PER_LIST) : end], offset=offset, total=len(BANS))


async def test_the_server_gives_the_newest_and_what_was_before_them(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        room = server.hub.room("standup")
        assert room is not None
        silences = {
            each.key: SilenceNotice(person="x", key=each.key, name=each.name, at=each.at)
            for each in BANS
        }
        room.state = replace(room.state, bans={each.key: each for each in BANS}, silences=silences)
        for offset in (0, BANS_PER_LIST, 2 * BANS_PER_LIST, COUNT, 999_999):
            listed = await host.question(c.ListBans(offset=offset), e.BanList)
            expected = page_of(min(offset, COUNT)).bans
            assert (listed.bans, listed.offset, listed.total) == (expected, offset, COUNT)
            quiet = await host.question(c.ListSilenced(offset=offset), e.SilenceList)
            assert [each.key for each in quiet.silences] == [each.key for each in expected]
            assert (quiet.offset, quiet.total) == (offset, COUNT)


def test_a_list_is_put_together_in_order() -> None:
    model = RoomModel(own_name="Robin")
    for offset in (0, BANS_PER_LIST, 2 * BANS_PER_LIST):
        model.receive(page_of(offset), 0.0, 0.0)
    assert model.lists.bans == BANS
    model.receive(page_of(0), 0.0, 0.0)  # anew
    assert model.lists.bans == page_of(0).bans


def test_lines_say_how_it_goes_on() -> None:
    lines = seated()
    before = len(lines.said)
    lines.hears(page_of(0))
    assert lines.said[before:][-1] == f"And {COUNT - 400} more, from before: /list_bans 400"
    lines.hears(page_of(2 * BANS_PER_LIST))
    assert "Troll 49 is banned" in lines.said[-1]
    lines.engine.sent.clear()
    lines.answers("/list_bans 400")
    assert [replace(each, ref=None) for each in lines.engine.sent] == [c.ListBans(offset=400)]


def test_the_screen_asks_until_it_has_all() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.engine.room = None  # nobody else answers
            for offset in (0, BANS_PER_LIST, 2 * BANS_PER_LIST):
                you.engine.say(page_of(offset))
            await you.until(lambda: you.model.lists.bans == BANS)
            await you.sends(c.ListBans(offset=BANS_PER_LIST), c.ListBans(offset=2 * BANS_PER_LIST))

    asyncio.run(scenario())
