"""Which server may write a room, where several share the store: the one with the newest token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class RoomFences(Protocol):
    """The tokens of rooms, compared in each transaction of a room."""

    async def next_fence(self) -> int:
        """Return a token that is larger than all before. Raises ConnectionLost."""

    async def pass_by(self, fence: int) -> None:
        """Give only larger tokens than this one from now on. Raises ConnectionLost."""

    async def is_kept(self, room: str) -> bool:
        """Whether a room is open, on whichever server. Raises StoreError."""

    async def take_room(self, room: str, fence: int) -> None:
        """Let nobody with a smaller token write the room any more.

        What they wrote until then can be read. Raises StoreError, also where somebody has a larger
        one.
        """

    async def still_has(self, room: str) -> bool:
        """Whether nobody took the room since it was taken here. Raises StoreError."""

    def release(self, room: str, fence: int) -> None:
        """Write nothing of the room from here any more, until it is taken again.

        Where it was taken again already, with another token than this one, nothing changes.
        """

    def on_loss(self, hear: Callable[[str], None]) -> None:
        """Have this called with each room that could not be written, as another server has it."""
