"""The owner of a room who is paused between the check of its lease and its write.

``python -m tests.support.paused_owner SOCKET ROOM FENCE``. It writes when it is told to, by a line.
"""

from __future__ import annotations

import json
import sys

import trio

from server.cluster.address import ValkeyAddress
from server.cluster.client import ValkeyClient
from server.cluster.lease import RoomLease
from server.cluster.room_stream import Position, RoomStream

LENGTH = 1.0


class OnlyFence:
    """Gives the one token that the test has chosen."""

    def __init__(self, fence: int) -> None:
        self._fence = fence

    async def next_fence(self) -> int:
        """Return the token that was chosen, each time."""
        await trio.lowlevel.checkpoint()
        return self._fence


async def run(path: str, room: str, fence: int) -> None:
    """Take the room, check that one has it, wait for a line, and write."""
    async with ValkeyClient(ValkeyAddress("", path=path)) as client:
        lease, stream = RoomLease(client, room, "paused", LENGTH), RoomStream(client, room)
        tenure = await lease.take_over(OnlyFence(fence))
        assert tenure is not None
        await stream.write_snapshot(Position(fence, 0), b"")
        await stream.write_events(Position(fence, 1), [b"mine"])
        assert not tenure.is_over(trio.current_time())
        print(json.dumps({"event": "checked"}), flush=True)
        sys.stdin.readline()
        wrote = await stream.write_events(Position(fence, 2), [b"late"])
        after = await stream.write_snapshot(Position(fence, 2), b"late")
        told = {"event": "wrote", "events": str(wrote), "snapshot": str(after)}
        print(json.dumps(told | {"may_answer": tenure.may_answer(trio.current_time())}), flush=True)


if __name__ == "__main__":
    trio.run(run, sys.argv[1], sys.argv[2], int(sys.argv[3]))
