"""A worker's process, started by its parent: ``python -m server.workers DESCRIPTOR FORMAT``."""

from __future__ import annotations

import sys
from typing import cast

import trio

from ..log_lines import LogFormat, write_log
from .pace import PacedClock
from .worker import work

if __name__ == "__main__":
    write_log(cast("LogFormat", sys.argv[2]))
    paced = PacedClock()
    trio.run(work, int(sys.argv[1]), clock=paced, instruments=[paced])
