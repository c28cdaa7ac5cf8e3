"""News for whoever runs the server, shown in their terminal.

A ``roomcli host`` that started the server gets the news too.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable

import trio

log = logging.getLogger(__name__)

QUIET_SECONDS = 10.0
"""Seconds between two batches of news, so that endless reports cannot push everything else off a
terminal."""


class News:
    """Tells the admin the newest line of each kind.

    ``say`` gets the code and the text of each line, and may block. ``admin`` is the command that
    speaks to this server.
    """

    def __init__(
        self, say: Callable[[str, str], None] | None = None, admin: str = "roomcli admin"
    ) -> None:
        self.admin = admin
        self._say = say or (lambda code, text: None)
        self._due: dict[str, str] = {}
        self._some = trio.Event()

    def tell(self, code: str, text: str) -> None:
        """Queue a line in place of the waiting one with the same code. Never blocks."""
        self._due[code] = text
        self._some.set()

    async def run(self) -> None:
        """Log and say the queued lines until cancelled."""
        while True:
            await self._some.wait()
            self._some = trio.Event()
            due, self._due = self._due, {}
            for code, text in due.items():
                log.warning("%(what)s", {"code": code, "what": text})
                # On a thread: nobody's voice waits for a terminal that is stopped.
                await trio.to_thread.run_sync(self._say, code, text, abandon_on_cancel=True)
            await trio.sleep(QUIET_SECONDS)


def say_as_json(code: str, text: str) -> None:
    """Write the news as one JSON object on a line, for the process that started this one."""
    line = json.dumps({"event": "notice", "code": code, "text": text}) + "\n"
    try:
        os.write(sys.stdout.fileno(), line.encode())
    except OSError as error:  # nobody reads any more
        log.debug("nobody is told: %s", error)
