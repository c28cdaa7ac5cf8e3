"""Draw a card with badges for docs/identity.md: ``python -m tests.docs.card_picture``.

It writes ``docs/card.svg``, or the file that is named.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile

from .. import ROOT
from ..support.fake_engine import ScriptedEngine
from ..support.fake_room import FakeRoom, make_view
from ..support.tui_seat import ENTER, NO_ROOMS, SERVER
from .screenshot import portable

PICTURE = ROOT / "docs" / "card.svg"
SIZE = (100, 30)
DAY = 86400.0


def proven_of_ann(now: float) -> tuple[Badge, ...]:
    """Return what is proven of Ann: mail at a company, and an account that cannot be looked at."""
    mail = Badge(
        kind="mail",
        subject="northwind.example",
        domain="northwind.example",
        proven_at=now - 3 * DAY,
        checked_at=now - 3 * DAY,
        until=now + 87 * DAY,
    )
    forge = Badge(
        kind="forge",
        subject="git.example/ann",
        proven_at=now - 90 * DAY,
        checked_at=now - 4 * DAY,
        until=now + 10 * DAY,
    )
    return mail, forge


async def draw_card() -> str:
    """Draw Ann's card over a room."""
    view, badges = make_view("host", audience=64), proven_of_ann(time.time())
    ann = replace(view.people[view.stage["ann1"].person], badges=badges)
    people = {ann.id: ann}

    async def answer(command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        profile = Profile(
            name=ann.name, headline=ann.headline, location="Malmö", pronouns="she/her"
        )
        shown = Person(ann.id, ann.name, ann.headline, ann.key)
        return [e.ProfileShown(person=shown, profile=profile, badges=badges)]

    engine = ScriptedEngine(FakeRoom(replace(view, people=view.people | people)))
    app = RoomcliApp(ENTER, lambda _: engine, (SERVER,), NO_ROOMS, ask=answer)
    async with app.run_test(size=SIZE) as pilot:
        while app.client is None or app.client.model.view is None:
            await pilot.pause()
        app.client.room_screen.pick("ann1")
        await pilot.press("enter")
        await pilot.pause(1.0)
        app.clear_notifications()
        await pilot.pause(0.5)
        return portable(app.export_screenshot(title="roomcli host standup"))


def main() -> None:
    """Draw the picture and write it to its file."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.write_text(asyncio.run(draw_card()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
