"""Opens a link of the chat where there is a window for it, else copies it."""

from __future__ import annotations

import os
import sys
from typing import Any

from textual.app import App


def open_link(app: App[Any], url: str) -> None:
    """Open a web address, or copy it if there is no display.

    Without a display a browser would run in the terminal, on top of the room.
    """
    if sys.platform == "darwin" or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        app.open_url(url)
        return
    app.copy_to_clipboard(url)
    app.notify(f"Sent to the terminal's clipboard: {url}", markup=False)
