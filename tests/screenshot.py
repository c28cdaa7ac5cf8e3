"""The picture of a lively room that the README shows: ``python -m tests.screenshot``.

Writes ``docs/room.svg``, or the file that is named.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path

import msgspec

from roomcli.frontends.tui.app import RoomApp
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person

from .fake_engine import ScriptedEngine
from .fake_room import YOU, FakeRoom, make_view
from .tui_seat import ENTER

PICTURE = Path(__file__).parent.parent / "docs" / "room.svg"
SIZE = (100, 30)
ON_STAGE = ("ann1", "ben1", "cho1", YOU)
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, monospace"


async def picture() -> str:
    """The room as an SVG: four on stage, somebody speaking, hands, reactions, and you on air."""
    view = make_view("host", audience=64)
    stage = {id: view.stage[id] for id in ON_STAGE}
    room = FakeRoom(msgspec.structs.replace(view, stage=stage))
    engine = ScriptedEngine(room)
    app = RoomApp(ENTER, engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        engine.say(
            e.HandRaised(person=Person("ole1", "Ole Haas", "Draws maps"), at=time.time() - 4),
            e.StageJoined(speaker=msgspec.structs.replace(stage["cho1"], muted=False)),
            e.Pulse(audience=64, reactions={"👏": 12, "❤️": 3}),
            local.Levels(microphone=34, speakers={"ann1": 22, "ben1": 80, "cho1": 80}),
        )
        while not app.model.microphone_open or "ann1" not in app.model.levels:
            await pilot.pause()
        # What is said at once about oneself is on the screen's corner only for a moment.
        app.clear_notifications()
        await pilot.pause(0.1)
        return portable(app.export_screenshot(title="roomcli host standup"))


def portable(svg: str) -> str:
    """Without fonts from elsewhere, and with every space kept, whatever draws it."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: (?!arial)[^;]+;", f"font-family: {FONTS};", svg)
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> None:
    """Draw it."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.write_text(asyncio.run(picture()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
