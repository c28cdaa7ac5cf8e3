"""What the owner of a room asks another server: what people said there in the last minute."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import trio

from ..rooms.room_voice import KeptFrame
from .messages import VoiceKept, VoiceWanted

ANSWER_SECONDS = 1.0
"""How long a report waits for another server."""


class VoiceQuestions:
    """The questions to one server, which ``send`` sends there."""

    def __init__(self, send: Callable[[VoiceWanted], None]) -> None:
        self._send = send
        self._refs = count(1)
        self._asked: dict[int, trio.MemorySendChannel[list[KeptFrame]]] = {}

    async def ask_for(self, room: str) -> list[KeptFrame] | None:
        """Return what was said in a room; None if the server does not say it in time."""
        ref = next(self._refs)
        give, wait = trio.open_memory_channel[list[KeptFrame]](1)
        self._asked[ref] = give
        try:
            self._send(VoiceWanted(ref, room))
            with trio.move_on_after(ANSWER_SECONDS):
                return await wait.receive()
        finally:
            del self._asked[ref]
        return None

    def hear_answer(self, kept: VoiceKept) -> None:
        """Take an answer, unless nobody waits for it any more."""
        if kept.ref in self._asked:
            self._asked[kept.ref].send_nowait(kept.frames)
