"""Tests of a lean client whose voice goes by UDP, in a room of a real server."""

from __future__ import annotations

from pathlib import Path

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.load.datagram_client import DatagramClient
from roomcli.protocol.audio import join_entries
from roomcli.wire.frames import server_frame
from roomcli.wire.udp.sealing import OVERHEAD

from ...support.patience import PATIENCE
from ...support.serving import peers_of, serving

BUNDLE = join_entries(960, (), 1)


async def test_voice_comes_once_however_often_it_is_said_once_its_address_is_known(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, udp=True) as server:
        client = await trio.to_thread.run_sync(DatagramClient, server.room())

        def enter() -> None:
            client.enter(Ed25519PrivateKey.generate(), "Ann", intent="host")

        await trio.to_thread.run_sync(enter)
        (peer,) = peers_of(server.hub.room("standup")).values()
        assert peer.channel is not None
        assert not client.is_settled
        frames = list[bytes]()
        with trio.fail_after(PATIENCE):
            while not frames:
                peer.channel.send_copies([BUNDLE, BUNDLE])
                peer.channel.finish_round()
                await trio.sleep(0.01)
                frames += client.datagram_frames()
        assert frames == [server_frame(BUNDLE)]
        assert client.is_settled
        tally = client.tally_of(frames[0])
        assert tally is not None
        assert (tally.media_time, tally.size) == (960, len(BUNDLE) + OVERHEAD)
        client.close()
