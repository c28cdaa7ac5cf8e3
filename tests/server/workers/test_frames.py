"""Tests of what goes over the link between a worker and its parent."""

from __future__ import annotations

import pytest

from roomcli.errors import ProtocolError
from server.limits import ServerLimits
from server.public.http import Head, line
from server.public.shown import Shown
from server.rooms.room_voice import VoiceRights
from server.workers import frames as f

REACHED = f.Reached("192.0.2.1", ("127.0.0.1", 7420), False, "/talk", Shown(b"h" * 32, "pin"))
FROM_WORKER: list[f.AnyFromWorker] = [
    f.Requested(1, REACHED, Head("GET", "/r/standup", {"host": "x"}, b"rest")),
    f.ClientSaid(2, b"\x00\x80"),
    f.ClientSaid(2, b"text", is_text=True),
    f.ClientSaid(2, None),
    f.VoicesHeard(3, [("seat", b"\xf8voice", 0.02)]),
]
FROM_PARENT: list[f.AnyFromParent] = [
    f.RequestAnswered(1, line(404, "there is nothing here")),
    f.FrameSent([1, 2, 3], b"\x82\x00"),
    f.RightsSet(1, "standup", 4, VoiceRights(places={"a": (1, 7)}, refused={"b": "muted"}), 1),
    f.Renewed(ServerLimits()),
]


def test_messages_come_as_they_were_however_they_are_cut() -> None:
    sent = f.encode_all(FROM_WORKER)
    for size in (1, 7, len(sent)):
        splitter, got = f.Splitter(), list[f.AnyFromWorker]()
        for at in range(0, len(sent), size):
            got += splitter.split(sent[at : at + size], f.from_worker)
        assert got == FROM_WORKER
    assert [each.said for each in FROM_WORKER if isinstance(each, f.ClientSaid)] == [
        b"\x00\x80",
        "text",
        None,
    ]
    assert f.Splitter().split(f.encode_all(FROM_PARENT), f.from_parent) == FROM_PARENT


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1"])
def test_what_is_no_message_of_ours_is_refused(sent: bytes) -> None:
    with pytest.raises(ProtocolError):
        f.Splitter().split(sent, f.from_worker)
