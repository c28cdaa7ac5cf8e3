"""``python -m tests.burn CORES``: keep cores busy, to see what the tests do on a busy machine.

It burns until it is told to end (Ctrl+C, SIGTERM), or its standard input ends where that is a pipe.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from multiprocessing import get_context
from typing import NoReturn


def burn() -> NoReturn:
    """Use all the time of one core."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    number = 1
    while True:
        number = number * 48271 % 0x7FFFFFFF


def main(arguments: list[str]) -> int:
    """Keep cores busy until told to end, and return the exit code."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("usage: python -m tests.burn CORES", file=sys.stderr)
        return 2
    processes = get_context("spawn")
    burners = [processes.Process(target=burn, daemon=True) for _ in range(int(arguments[0]))]
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    for burner in burners:
        burner.start()
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        threading.Thread(target=_wait_for_the_end, args=(told,), daemon=True).start()
    print(f"burning {len(burners)} cores, process {os.getpid()}", flush=True)
    told.wait()
    for burner in burners:
        burner.terminate()
        burner.join()
    return 0


def _wait_for_the_end(told: threading.Event) -> None:
    sys.stdin.read()
    told.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
