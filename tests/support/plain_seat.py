"""A person in the plain room, who types lines and hears what the room says."""

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
    """A plain room with a scripted engine, and the lines that it has said."""

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
        """Let the room receive ``events`` and all that waits until it ends; return the outcome."""
        self.engine.say(*events, LEFT)
        return asyncio.run(self.room.run())

    def answers(self, line: str) -> list[str]:
        """Type a line and return the lines that the room says to it."""
        before = len(self.said)
        self.room.obey(line)
        return self.said[before:]


def seated() -> TypedLines:
    """Return the host's plain room, with nobody to answer commands."""
    lines = TypedLines(FakeRoom(make_view("host", 4)))
    lines.hears()
    lines.engine.room = None
    lines.engine.sent.clear()
    return lines
