"""Tests of trying UDP with a real server: what is found out, and that nothing of it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.engine.keys import PersonalKey
from roomcli.engine.udp_trial import UdpTrial, try_udp
from roomcli.errors import CommandRefused
from roomcli.protocol.address import Address

from ...support.serving import serving


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second of the rules pass in hundredths."""
    monkeypatch.setattr("roomcli.wire.heartbeat.INTERVAL", 0.02)
    monkeypatch.setattr("roomcli.wire.udp.route.PROBE_EVERY", 0.02)


async def tried(address: Address) -> UdpTrial:
    return await try_udp(address, "Ann", PersonalKey(Ed25519PrivateKey.generate()))


async def test_it_says_that_udp_gets_through_and_back_and_leaves_no_room(tmp_path: Path) -> None:
    async with serving(tmp_path, udp=True) as server:
        assert await tried(server.address) == UdpTrial(True, to_server=True, from_server=True)
        assert not server.hub.open_rooms()


async def test_it_says_which_way_nothing_gets_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.engine.udp_trial.TRIAL_SECONDS", 0.5)

    async def receive_nothing(_: object) -> bytes:
        await trio.sleep_forever()
        raise AssertionError

    async with serving(tmp_path, udp=True) as server:
        receive = "roomcli.engine.datagram_socket.DatagramSocket.receive"
        monkeypatch.setattr(receive, receive_nothing)
        assert await tried(server.address) == UdpTrial(True, to_server=True)
        send = "roomcli.engine.datagram_socket.DatagramSocket.send"
        monkeypatch.setattr(send, lambda *_: None)
        assert await tried(server.address) == UdpTrial(True)


async def test_a_server_that_offers_none_or_no_room_is_told_apart(tmp_path: Path) -> None:
    for folder in ("none", "closed"):
        (tmp_path / folder).mkdir()
    async with serving(tmp_path / "none") as server:
        assert await tried(server.address) == UdpTrial(False)
    async with serving(tmp_path / "closed", open_hosting=False, udp=True) as server:
        with pytest.raises(CommandRefused):
            await tried(server.address)
