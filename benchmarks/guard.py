"""Kills processes whose starter is gone: ``python -m benchmarks.guard``.

It reads their numbers, one a line. When its input ends, because whoever writes there has ended or
was killed, it kills those that are left and what they have started, and ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterable


def watch(told: Iterable[bytes]) -> None:
    """Kill what is left of the processes that were ``told``, once there are no more lines."""
    watched: dict[int, int | None] = {}
    for line in told:
        _forget_ended(watched)
        pid = int(line)
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            # A number may soon stand for another process; a descriptor never does.
            watched[pid] = os.pidfd_open(pid) if sys.platform == "linux" else None
    _forget_ended(watched)
    for pid in watched:
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)


def _forget_ended(watched: dict[int, int | None]) -> None:
    descriptors = [each for each in watched.values() if each is not None]
    ended = select.select(descriptors, [], [], 0)[0]
    for pid, descriptor in list(watched.items()):
        if descriptor in ended and descriptor is not None:
            os.close(descriptor)
            del watched[pid]


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch(sys.stdin.buffer)
