"""Lists the sound cards that exist now, in a process of its own.

PortAudio knows only the cards that existed when it started, and must not restart while a card is
open.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Final

from roomcli.errors import AudioError

from .device import DeviceInfo

_PATIENCE: Final = 20.0  # seconds for a sound server that hangs


def probe() -> list[DeviceInfo]:
    """Return the cards; takes a fraction of a second. Raises AudioError if that fails."""
    try:
        listing = subprocess.run(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=True,
        )
        return [DeviceInfo(**card) for card in json.loads(listing.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        raise AudioError(f"the sound cards cannot be listed: {error}") from error


def main() -> None:
    """Print the cards as JSON, at a low priority that leaves the machine to sound."""
    from .portaudio import devices, end_process

    os.nice(10)
    print(json.dumps([asdict(card) for card in devices()]))
    end_process(0)


if __name__ == "__main__":
    main()
