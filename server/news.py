"""What whoever runs the server should know now: told in their terminal, and to the ``roomcli host``
that started it.
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
"""Between two tellings: who reports without end shall not push everything else off a terminal."""


class News:
    """Tells the newest line of each kind; ``say`` gets its code and text, and may block.

    ``admin`` is the command that speaks to this server.
    """

    def __init__(
        self, say: Callable[[str, str], None] | None = None, admin: str = "roomcli admin"
    ) -> None:
        self.admin = admin
        self._say = say or (lambda code, text: None)
        self._due: dict[str, str] = {}
        self._some = trio.Event()

    def tell(self, code: str, text: str) -> None:
        """Have this told soon, in place of what waits under the same code; never waits."""
        self._due[code] = text
        self._some.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._some.wait()
            self._some = trio.Event()
            due, self._due = self._due, {}
            for code, text in due.items():
                log.warning("%s", text)
                # On a thread: nobody's voice waits for a terminal that is stopped.
                await trio.to_thread.run_sync(self._say, code, text, abandon_on_cancel=True)
            await trio.sleep(QUIET_SECONDS)


def say_as_json(code: str, text: str) -> None:
    """One object on a line of its own, for the process that started this one."""
    line = json.dumps({"event": "notice", "code": code, "text": text}) + "\n"
    try:
        os.write(sys.stdout.fileno(), line.encode())
    except OSError as error:  # nobody reads any more
        log.debug("nobody is told: %s", error)
