"""``roomcli admin status --live``: what servers do, drawn anew each second until Ctrl+C."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConfigError, ConnectionFailed, UsageError
from .admin_line import ask_text
from .server_figures import ServerFigures, figure_lines, read_figures

LOOK_SECONDS = 1.0


def watch_servers(folders: list[Path]) -> None:
    """Draw what these servers do until the person has seen enough. Raises UsageError."""
    if not sys.stdout.isatty():
        raise UsageError("--live draws on a terminal: leave it out, or use --json in a script")
    from rich.live import Live  # takes long to import
    from rich.text import Text

    watch = LiveStatus(folders)
    with contextlib.suppress(KeyboardInterrupt), Live(auto_refresh=False) as screen:
        while True:
            screen.update(Text("\n".join(watch.lines(time.time()))), refresh=True)
            time.sleep(LOOK_SECONDS)


class LiveStatus:
    """Reads the figures of servers again and again, so that rates can be told."""

    def __init__(self, folders: list[Path]) -> None:
        self._before: dict[Path, ServerFigures | None] = dict.fromkeys(folders)

    def lines(self, at: float) -> Iterator[str]:
        """Yield what each server does now; ``at`` is the time, in seconds since 1970.

        One that does not answer is shown as that, and asked again: it may be starting anew.
        """
        for folder, before in self._before.items():
            yield f"server on {folder}"
            try:
                said = ask_text(folder, "GET /metrics")
                figures = read_figures(said.content.decode("utf-8", "replace"), at)
            except (ConnectionFailed, ConfigError) as error:
                self._before[folder] = None
                yield f"  {error}"
                continue
            yield from figure_lines(figures, before)
            yield from (f"  {trouble}" for trouble in said.troubles)
            self._before[folder] = figures
        yield "Ctrl+C ends this"
