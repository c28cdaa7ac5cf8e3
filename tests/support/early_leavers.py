"""Start many clients that leave a room within their first second, and report how each ended.

``python -m tests.support.early_leavers ROOM FOLDER``. Each client is a fork of one process that has
imported what they all need, so that many fit into a test; each opens its own sound devices.
"""

from __future__ import annotations

import os
import sys
import time

import roomcli.cli.join
import roomcli.engine.process  # noqa: F401 - imported here once for all
from roomcli.cli.main import main

MOMENTS = 50
SIDE_BY_SIDE = 5


def begin(number: int, where: str, folder: str) -> tuple[int, int]:
    """Start one client.

    Return its process id, and the descriptor that tells it to leave when closed.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(reading)
        return process, writing
    os.dup2(reading, 0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.closerange(3, 64)  # the others' pipes too, or they would not end
    home = os.path.join(folder, str(number))
    os.environ |= {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "DATA", "STATE")}
    cards = ["--mic", "default", "--speaker", "default"]
    sys.argv = ["roomcli", "join", where, "--jsonl", "--name", f"guest {number}", *cards]
    sys.exit(main())


def leave_early(where: str, folder: str) -> list[int]:
    """Run all clients and return their exit codes; a negative code is a signal that killed it."""
    codes = []
    for first in range(MOMENTS // SIDE_BY_SIDE):
        began = time.monotonic()
        batch = range(first, MOMENTS, MOMENTS // SIDE_BY_SIDE)
        running = {number: begin(number, where, folder) for number in batch}
        for number, (_, writing) in running.items():
            time.sleep(max(0.0, began + number / MOMENTS - time.monotonic()))
            os.close(writing)
        codes += [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in running.values()]
    return codes


if __name__ == "__main__":
    print(leave_early(*sys.argv[1:]))
