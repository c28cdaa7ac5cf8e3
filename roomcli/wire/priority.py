"""Voice has deadlines that the rest of the machine has not: ask to be served before it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NICENESS = -10


def ask_for_priority() -> None:
    """Run before others where the system allows it; most say no to most people, which is no harm.

    Where Linux schedules by session (autogroup), niceness counts only within one's own session, and
    the session's has to be asked for as well.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        if os.getsid(0) == os.getpid():  # not for a shell and all that else runs in it
            Path("/proc/self/autogroup").write_text(str(NICENESS))
