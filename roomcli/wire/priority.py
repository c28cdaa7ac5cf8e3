"""Asks the system to run this process before others, because voice has deadlines."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NICENESS = -10


def ask_for_priority() -> None:
    """Raise this process's priority where the system allows it.

    Most systems do not allow it to most users, which is no harm. Where Linux schedules by session
    (autogroup), niceness counts only within one session, so the session's niceness has to be raised
    too.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        if os.getsid(0) == os.getpid():  # not for a shell's session and everything else in it
            Path("/proc/self/autogroup").write_text(str(NICENESS))
