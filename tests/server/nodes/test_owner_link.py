"""Tests of one end of the link between two servers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import trio
import trio.testing

from server.limits import ServerLimits
from server.nodes.kept_voice import KeptVoice
from server.nodes.owner_link import OwnerLink
from server.nodes.voices import NodeVoices
from server.rooms.room_voice import VoiceRights
from server.rooms.traffic import Traffic
from server.workers import frames as f


async def test_a_room_waits_for_its_first_visitor_while_others_leave(nursery: trio.Nursery) -> None:
    hub: Any = SimpleNamespace(traffic=Traffic(), limits=ServerLimits())
    stream: Any = trio.testing.memory_stream_pair()[0]
    ownership: Any = None
    link = OwnerLink(
        *("owner", stream, hub, ownership),
        *(NodeVoices((), "here"), KeptVoice("here"), nursery),
    )
    link._obey(f.RightsSet(2, "standup", 4, VoiceRights(), 1))
    link.drop_empty()  # somebody leaves another room
    assert link.number_of_rooms == 1
    link._obey(f.SeatLeft(7, 2, "seat"))
    assert link.number_of_rooms == 0
    nursery.cancel_scope.cancel()
