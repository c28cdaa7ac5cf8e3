"""Tests of what a worker hands over: no more of one client than its parent takes."""

from __future__ import annotations

from typing import cast

import trio
import trio.testing

from roomcli.wire.accepted import AcceptedWebSocket
from server.limits import ServerLimits
from server.public.conduct import Conduct
from server.public.cpu_budget import CpuBudget
from server.public.near_voice import VoiceServices
from server.workers import frames as f
from server.workers.far_client import FarConnection, WorkerEnd
from server.workers.relaying import RelayedSession, ToParent

SAID = 10 * f.MOST_UNREAD


class Chatterbox:
    """A connection whose client says number after number."""

    def __init__(self) -> None:
        self.said = 0

    async def receive(self) -> bytes:
        """Return the next number."""
        await trio.lowlevel.checkpoint()
        if self.said == SAID:
            await trio.sleep_forever()
        self.said += 1
        return b"%d" % self.said

    async def aclose(self) -> None:
        """Close it."""
        await trio.lowlevel.checkpoint()


class Straight:
    """Both ends of a link, without the bytes between them."""

    def __init__(self) -> None:
        self.far = FarConnection(cast("WorkerEnd", self), 1, "192.0.2.1")
        self.session = RelayedSession(
            1,
            cast("AcceptedWebSocket", Chatterbox()),
            Conduct(ServerLimits().messages),
            CpuBudget().share("192.0.2.1"),
            cast("VoiceServices", None),
            cast("ToParent", self),
        )

    def send(self, message: f.ClientSaid | f.MessagesTaken) -> None:
        """Give what one end sends to the other."""
        if isinstance(message, f.MessagesTaken):
            self.session.note_taken(message.count)
        else:
            self.far.take_message(message.said)


async def test_a_client_who_says_much_is_read_as_far_as_the_parent_takes_it() -> None:
    link = Straight()
    client = cast("Chatterbox", link.session.connection)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.session.run)
        await trio.testing.wait_all_tasks_blocked()
        assert client.said == f.MOST_UNREAD
        taken = [await link.far.next_message() for _ in range(f.TAKEN_TOGETHER)]
        await trio.testing.wait_all_tasks_blocked()
        assert client.said == f.MOST_UNREAD + f.TAKEN_TOGETHER
        taken += [await link.far.next_message() for _ in range(SAID - f.TAKEN_TOGETHER)]
        assert taken == [b"%d" % number for number in range(1, SAID + 1)]
        link.session.close()
