"""Tests of a wrong scheme before a right address: the person learns what to type."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from roomcli.protocol.address import Address
from roomcli.wire.other_way import in_other_words, other_way

from ...support.patience import PATIENCE
from ...support.processes import Journey, journey, room_on
from ...support.serving import serving

__all__ = ["journey"]
ROOM = Address("127.0.0.1", 1, tls=False, room="standup", invite="x-9")


@pytest.mark.parametrize("tls", [False, True])
async def test_what_answers_is_found_by_the_other_way(tmp_path: Path, tls: bool) -> None:
    async with serving(tmp_path, tls=tls) as server:
        right = server.room(invite="x-9")
        wrong = replace(right, tls=not tls, pin=None)
        assert await trio.to_thread.run_sync(other_way, wrong) == right
        assert await trio.to_thread.run_sync(other_way, right) is None


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"\x15\x03\x01\x00\x02\x02\x46"]
)
@pytest.mark.parametrize("tls", [False, True])
def test_what_speaks_neither_is_left_alone(answer: bytes, tls: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):  # whoever asked may be gone by now
                peer.sendall(answer)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(4096):
                    pass

        thread = threading.Thread(target=speak)
        thread.start()
        port = listener.getsockname()[1]
        assert other_way(replace(ROOM, port=port, tls=tls), PATIENCE) is None
        thread.join()


def test_nobody_there_answers_neither_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert other_way(replace(ROOM, port=port)) is None


def test_an_address_with_a_pin_leads_to_nothing_without_tls() -> None:
    """Somebody in between could answer without TLS, in order to listen."""
    pinned = replace(ROOM, tls=True, pin="ab" * 32)
    text = in_other_words(pinned, ROOM, "roomcli join 'ws://…'")
    assert "ws://" not in text


@pytest.mark.parametrize("tls", [False, True])
def test_the_line_that_is_told_can_be_typed(journey: Journey, tls: bool) -> None:
    url, _ = journey.serve(*(() if tls else ("--no-tls",)))
    right = room_on(url, "standup")
    wrong = re.sub("^wss?", "ws" if tls else "wss", right.partition("#")[0])
    lost = journey.participant("Ann", "host", wrong)
    left = lost.wait_for("left")
    assert lost.ended() == 3
    line = re.search(r"roomcli host '([^']+)'", left["text"])
    assert line, left
    assert line[1] == right
    host = journey.participant("Ann", "host", line[1])
    host.joined()
    assert host.ended() == 0
