"""A server that is killed between what it decides and what it says of it.

``python -m tests.support.killed_owner``. It dies when it is kept that a room has the topic
``LAST``, before anybody is told so. Of the room ``UNKEPT`` that topic is never written down.
"""

from __future__ import annotations

import os
import runpy
import signal
from collections.abc import Iterable
from unittest import mock

import trio

from server.nodes.room_journal import SpanningJournal
from server.rooms.rules import RoomState
from server.rooms.rules import effects as f

LAST = "the last one"
UNKEPT = "retro"


class KilledJournal(SpanningJournal):
    """The journal of a room whose server is killed."""

    _is_last = False

    def save(self, state: RoomState, saves: Iterable[f.Save]) -> int:
        """Save, unless it is never to be written."""
        self._is_last = state.settings.topic == LAST
        if self._is_last and state.name == UNKEPT:
            return self._kept.save(state, saves)
        return super().save(state, saves)

    async def flushed(self, number: int, until: float) -> None:
        """Wait until a transaction is kept, and end with the last one."""
        if self._is_last and self._name == UNKEPT:
            await trio.sleep_forever()
        await super().flushed(number, until)
        if self._is_last:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with mock.patch("server.nodes.node.SpanningJournal", KilledJournal):
        runpy.run_module("server", run_name="__main__", alter_sys=True)
