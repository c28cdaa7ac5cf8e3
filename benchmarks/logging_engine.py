"""The real engine, which writes down when voice frames leave it and when they come.

``python -m benchmarks.logging_engine FILE SETTINGS`` runs the engine with standard input and output
as its channel, as ``--jsonl`` does; SETTINGS are the fields of ``enter`` as a JSON object. At its
end it writes one JSON object to FILE: ``sent`` and ``came``, each a map from a frame's media time
to the machine's monotonic time in seconds; a frame that came twice counts when it came first.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.packets import Packet
from roomcli.engine.link import ServerConnection
from roomcli.engine.process import run_stdio
from roomcli.protocol.audio import UplinkFrame
from roomcli.protocol.local import Enter

WRAPS = 1 << 32
"""After so many samples media times begin anew on their way to listeners."""


def main() -> int:
    """Run the engine and write what it did. Returns the engine's exit code."""
    file, settings = sys.argv[1:]
    sent: dict[int, float] = {}
    came: dict[int, float] = {}
    send, push = ServerConnection.send_voice, JitterBuffer.push

    def send_logged(link: ServerConnection, frame: UplinkFrame) -> None:
        sent[frame.media_time % WRAPS] = time.monotonic()
        send(link, frame)

    def push_logged(buffer: JitterBuffer, packet: Packet, now: float) -> None:
        came.setdefault(packet.media_time % WRAPS, time.monotonic())
        push(buffer, packet, now)

    setattr(ServerConnection, "send_voice", send_logged)  # noqa: B010
    setattr(JitterBuffer, "push", push_logged)  # noqa: B010
    try:
        return run_stdio(Enter(**json.loads(settings)))
    finally:
        Path(file).write_text(json.dumps({"sent": sent, "came": came}))


if __name__ == "__main__":
    sys.exit(main())
