"""The title of the terminal's window: what to write to set it, and to put back the one before."""

from __future__ import annotations

from ...protocol.text import cleaned

MAX_TITLE = 80
"""Longest title, in characters."""
SAVE_TITLE = "\x1b[22;2t"
"""Keeps the title on the terminal's stack, where it has one."""
PUT_BACK_TITLE = "\x1b]2;\x07\x1b[23;2t"
"""Brings the kept title back; a terminal without a stack makes one of its own of no title."""


def title_code(title: str) -> str:
    """Return what sets the title; no text can end the sequence or begin another."""
    return f"\x1b]2;{cleaned(title, MAX_TITLE)}\x07"


def room_title(room: str, unseen: int) -> str:
    """Return the title for a room, or for home without one, with what was not seen yet."""
    where = f"roomcli: {room}" if room else "roomcli"
    return f"({unseen}) {where}" if unseen else where
