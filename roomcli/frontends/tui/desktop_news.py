"""News on the desktop: what to write to a terminal so that it shows a notification.

Terminals know one of two forms (OSC 9 of iTerm2, OSC 777 of rxvt and VTE) and ignore the other,
but some know both, so only one is written. tmux hands it on if its ``allow-passthrough`` is on.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...protocol.text import cleaned

MAX_NEWS = 200
"""Longest text, in characters."""
_SILENT = ("linux", "dumb")
"""Terminals that might print it instead."""


def desktop_news(text: str, environment: Mapping[str, str]) -> str:
    """Return what shows a text on the desktop; empty for a terminal that cannot."""
    terminal = environment.get("TERM", "")
    if not terminal or terminal in _SILENT:
        return ""
    # After a word of our own no text is read as a number: "4;1;50" would be a progress bar.
    line = cleaned(text, MAX_NEWS)
    is_vte = "VTE_VERSION" in environment or terminal.startswith(("rxvt", "foot"))
    code = f"\x1b]777;notify;roomcli;{line}\x07" if is_vte else f"\x1b]9;roomcli: {line}\x07"
    if "TMUX" in environment:
        doubled = code.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return code
