"""Record the demo as an animated picture: ``python -m tests.docs.recording [FILE]``.

It is the real demo, with its server, cast and engine, and a guest at the real screen who presses a
few keys. It takes the two minutes that the script takes, and writes ``docs/demo.svg``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.processes import own_world
from roomcli.cli.demo import demo_room
from roomcli.demo.script import LENGTH
from roomcli.frontends.engine_process import Engine, EngineProcess
from roomcli.frontends.shared_engine import SharedEngine
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.protocol.address import Address
from roomcli.protocol.commands import Command
from roomcli.protocol.local import Enter

from .. import ROOT
from .animation import Picture, animation, picture

FILE = ROOT / "docs" / "demo.svg"
SIZE = (100, 30)
FRAME = 0.4
"""Seconds between two pictures."""
STILL = 85
"""The picture that stands for all where motion is not wanted."""
KEYS = (
    (19.5, "t"),
    *((20.0 + 0.4 * place, key) for place, key in enumerate(("H", "i", "!", "enter", "escape"))),
    (37.0, "3"),
    (67.5, "1"),
    (98.0, "a"),
    (116.5, "1"),
)
"""What the guest presses, and when, in seconds since they came."""


async def record(room: Address, log: Path) -> list[Picture]:
    """Return what the guest sees during the script, a picture every FRAME seconds."""
    shared = SharedEngine(partial(EngineProcess, log=log))
    enter = Enter(url=str(room), name="Gwen", headline="came to look", mic="none", speaker="none")

    def engine(opening: Command) -> Engine:
        assert isinstance(opening, Enter)
        return shared.visit(opening)

    app = RoomcliApp(enter, engine, (), shared.rooms, ask=shared.ask)
    pictures: list[Picture] = []
    keys = list(KEYS)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        while app.client is None or app.client.model.role != "host":
            await pilot.pause(0.05)
        began = time.monotonic()
        for number in range(round(LENGTH / FRAME)):
            await asyncio.sleep(began + number * FRAME - time.monotonic())
            while keys and began + keys[0][0] <= time.monotonic():
                await pilot.press(keys.pop(0)[1])
            pictures.append(picture(app))
            if app.client.model.is_cut_off:
                sys.exit("the machine stood still, and the connection was lost: record again")
        app.interrupt()
    await app.close_engines()
    await shared.close()
    return pictures


def main() -> None:
    """Record the demo and write the picture to its file, or the one that is named."""
    file = Path(sys.argv[1]) if sys.argv[1:] else FILE
    with tempfile.TemporaryDirectory(prefix="recording-") as name:
        os.environ.update(own_world(Path(name)))
        with demo_room() as room:
            pictures = asyncio.run(record(room, Path(name) / "engine.log"))
    file.write_text(animation(pictures, FRAME, "roomcli demo", STILL) + "\n", "utf-8")


if __name__ == "__main__":
    main()
