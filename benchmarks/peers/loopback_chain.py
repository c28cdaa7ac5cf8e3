"""The chain of devices alone: microphone to speaker in one process, no codec, no network.

``python -m benchmarks.peers.loopback_chain FILE MIC SPEAKER`` copies until its standard input
ends, and writes to FILE when the devices' first samples were due, as the stamped engine does.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from roomcli.audio.devices import open_input, open_output
from roomcli.audio.samples import BLOCK, silence

from ..stamped_engine import Stamps, stamped, summary

WATCHED = 25
"""Blocks to observe (1 s); sound that was always waiting in them counts as lasting delay."""

SETTLED = 8.0
"""Seconds after which sound cards run and what their start left has been dropped."""


def main() -> None:
    """Copy from the microphone to the speaker until standard input ends."""
    file, mic, speaker = sys.argv[1:]
    mouth, ear = Stamps(), Stamps()
    source = stamped(open_input, mouth)(mic)
    sink = stamped(open_output, ear)(speaker)

    waiting: list[int] = []
    kept = min(sink.least_ready, BLOCK)
    left_over = 0

    def copy() -> None:
        nonlocal left_over
        while source.ring.fill >= BLOCK:
            block, _ = source.ring.read(BLOCK)
            waiting.append(sink.ring.fill)
            if len(waiting) == WATCHED:  # what a start or a hiccup left would stay for ever
                left_over = max(min(waiting) - kept, 0) // BLOCK
                waiting.clear()
            if left_over:
                left_over -= 1
            else:
                sink.ring.write(block)

    try:
        sink.ring.write(silence(BLOCK))
        sink.start(lambda: None)
        source.start(copy)
        if source.kind == "device":
            time.sleep(SETTLED)
        print(json.dumps({"event": "ready"}), flush=True)
        sys.stdin.read()
    finally:
        source.close()
        sink.close()
    Path(file).write_text(json.dumps(summary(mouth, ear)))


if __name__ == "__main__":
    main()
