"""A person in the plain room: types lines, and hears what it says."""

from __future__ import annotations

import asyncio

from roomcli.frontends.outcome import Outcome
from roomcli.frontends.plain.room import PlainRoom
from roomcli.protocol import local

from .fake_engine import ScriptedEngine
from .fake_room import FakeRoom, make_view

ENTER = local.Enter(url="wss://rooms.example/r/standup", name="Robin Keller")
LEFT = local.Left(code="left", text="", exit_code=0)


class TypedLines:
    """A room in lines, and what it said."""

    def __init__(
        self,
        room: FakeRoom | None = None,
        share_line: str | None = None,
        *,
        ends_room: bool = False,
    ) -> None:
        self.engine = ScriptedEngine(room)
        self.said: list[str] = []
        self.room = PlainRoom(self.engine, self.said.append, ENTER, share_line, ends_room=ends_room)

    def hears(self, *events: local.ChannelEvent) -> Outcome:
        """Take these in, and everything that waits; the outcome."""
        self.engine.say(*events, LEFT)
        return asyncio.run(self.room.run())

    def answers(self, line: str) -> list[str]:
        """What a typed line leads to."""
        before = len(self.said)
        self.room.obey(line)
        return self.said[before:]


def seated() -> TypedLines:
    """The host of the scripted room, with nobody to answer."""
    lines = TypedLines(FakeRoom(make_view("host", 4)))
    lines.hears()
    lines.engine.room = None
    lines.engine.sent.clear()
    return lines
