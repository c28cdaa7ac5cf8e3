"""The voice and the signs of life of one client after its hello, wherever its connection is."""

from __future__ import annotations

from typing import Protocol

from ..rooms.room_voice import RoomVoice
from ..rooms.visitor import RoomVisitor


class ClientVoice(Protocol):
    """Takes voice and acknowledgements of a client, and answers these; what is left are messages.

    At home, where it begins, a client may have its own voice sent back. In a visit it goes to the
    room.
    """

    async def message(self) -> bytes | str | None:
        """Return the next message that is no voice, or None when the client has fallen silent.

        May be cancelled: the next call returns what this one did not. Raises ConnectionLost.
        """

    def go_home(self) -> None:
        """Take what comes at home from now on, and send no voice back."""

    def set_echo(self, *, on: bool) -> None:
        """Send the client's voice back to it from now on, or no longer."""

    def new_visitor(self, id: str, key: str, visit: int, *, by_udp: bool) -> RoomVisitor:
        """Return what stands for the client in a room; ``by_udp`` lets its voice go by UDP too."""

    def begin_visit(self, voice: RoomVoice) -> None:
        """Take what comes of the visit of the newest visitor, in the room with this voice."""

    def finish_visit(self) -> None:
        """Take no voice of the visit any more; its last acknowledgements are still answered."""

    def close(self) -> None:
        """Take nothing more: the connection is over."""
