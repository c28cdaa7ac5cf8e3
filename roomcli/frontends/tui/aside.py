"""Shows text on the normal screen, where the terminal itself selects and copies."""

from __future__ import annotations

import signal
import sys

from ...signals import heeded


def print_and_wait(text: str) -> None:
    """Print ``text`` and wait for Enter or a signal.

    asyncio hears of the signal as well, and the program leaves because of it.
    """
    numbers = heeded((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    before = {each: signal.signal(each, signal.default_int_handler) for each in numbers}
    try:
        print(f"\n{text}\n\nEnter goes back to the room.", flush=True)
        sys.stdin.readline()
    except (KeyboardInterrupt, OSError, ValueError):
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
