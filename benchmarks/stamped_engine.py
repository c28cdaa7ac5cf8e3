"""The real engine, with devices that record when their first sample was due.

``python -m benchmarks.stamped_engine FILE SETTINGS`` runs the engine with standard input and output
as its channel, as ``--jsonl`` does; SETTINGS are the fields of ``enter`` as a JSON object. At its
end it writes one JSON object to FILE: per device the monotonic time in seconds of its first sample.

A file device moves a block of 10 ms every 10 ms from its start on, and calls ``wake`` after each.
A call may be late but never early, so that the earliest of ``time of call k - k * 10 ms`` is the
start, however busy the machine was. A microphone's first sample is as old as its first block when
that is given out: it was said at the start. A speaker's first block is taken, and begins to sound,
one block after the start.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from roomcli.audio import devices
from roomcli.audio.device import InputDevice, OutputDevice
from roomcli.audio.samples import BLOCK, RATE
from roomcli.engine import microphone_keeper, speaker_keeper
from roomcli.engine.process import run_stdio
from roomcli.protocol.local import Enter

PERIOD = BLOCK / RATE

D = TypeVar("D", InputDevice, OutputDevice)


class Stamps:
    """The times at which a device moved its blocks."""

    def __init__(self) -> None:
        self.start = float("inf")
        self.latest = float("-inf")
        self.blocks = 0

    def moved(self) -> None:
        """Record that a block has been moved."""
        self.blocks += 1
        start = time.monotonic() - self.blocks * PERIOD
        self.start = min(self.start, start)
        self.latest = max(self.latest, start)

    @property
    def lateness(self) -> float:
        """Seconds by which the latest block was late."""
        return self.latest - self.start


def stamped(open_device: Callable[[str | None], D], stamps: Stamps) -> Callable[[str | None], D]:
    """Wrap ``open_device`` so that its devices record their blocks in ``stamps``."""

    def open_stamped(spec: str | None = None) -> D:
        device = open_device(spec)
        start = device.start

        def started(wake: Callable[[], None]) -> None:
            def woken() -> None:
                stamps.moved()
                wake()

            start(woken)

        device.start = started  # type: ignore[method-assign]
        return device

    return open_stamped


def summary(microphone: Stamps, speaker: Stamps) -> dict[str, float | None]:
    """Return when each device's first sample was due, or None if it never ran, and the lateness."""
    ran = [each for each in (microphone, speaker) if each.blocks]
    return {
        "microphone": microphone.start if microphone.blocks else None,
        "speaker": speaker.start + PERIOD if speaker.blocks else None,
        "lateness": max((each.lateness for each in ran), default=0.0),
    }


def main() -> int:
    """Run the engine and write the stamps. Returns the engine's exit code."""
    file, settings = sys.argv[1:]
    microphone, speaker = Stamps(), Stamps()
    # Replaced in the engine's module, the only place where it opens devices.
    setattr(microphone_keeper, "open_input", stamped(devices.open_input, microphone))  # noqa: B010
    setattr(speaker_keeper, "open_output", stamped(devices.open_output, speaker))  # noqa: B010
    try:
        return run_stdio(Enter(**json.loads(settings)))
    finally:
        Path(file).write_text(json.dumps(summary(microphone, speaker)))


if __name__ == "__main__":
    sys.exit(main())
