"""Tests of the echo of a server: one's own voice comes back at home, to oneself, within bounds."""

from __future__ import annotations

from pathlib import Path

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle, BundleEntry, Flags
from server.public.echo import MAX_PER_NETWORK
from server.rooms.peer import FRAMES_PER_SECOND

from ...support.serving import Client, RunningServer, serving


async def at_home(server: RunningServer) -> Client:
    client = await server.connected()
    await client.say_hello()
    return client


async def test_a_voice_comes_back_to_its_speaker_as_it_was(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, ben = await at_home(server), await at_home(server)
        await ann.do(c.EchoVoice())
        ann.speak(b"\xf8hello", -20)
        bundle = await ann.heard(b"\xf8hello")
        entry = BundleEntry(0, 0, 1, ann.media_time, Flags.NONE, -20, b"\xf8hello")
        assert bundle == Bundle(ann.media_time, (entry,), 0)
        assert (await ann.until(Ack, lambda ack: ack.media_time > 0)).media_time == ann.media_time
        await ann.do(c.EchoVoice(on=False))
        ann.speak(b"\xf8nobody asked")
        await ann.do(c.ShowHome())
        ben.speak(b"\xf8I did not ask")
        await ben.do(c.ShowHome())
        for each in (ann, ben):
            heard = [found for found in each.got if isinstance(found, Bundle)]
            assert heard == ([bundle] if each is ann else [])


async def test_it_ends_in_a_room_and_is_refused_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        ann = await at_home(server)
        await ann.do(c.EchoVoice())
        await ann.go_into()
        refused = await ann.ask(c.EchoVoice())
        assert isinstance(refused, e.Refused)
        assert refused.code == "in_room"
        await ann.do(c.LeaveRoom())
        ann.speak(b"\xf8to nobody", visit=0)
        await ann.do(c.ShowHome())
        assert not [each for each in ann.got if isinstance(each, Bundle)]


async def test_no_more_comes_back_than_one_voice_may_be(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        await ann.do(c.EchoVoice())
        for _ in range(2 * FRAMES_PER_SECOND):
            ann.speak(b"\xf8" + bytes(99))
        await ann.do(c.ShowHome())
        back = sum(isinstance(each, Bundle) for each in ann.got)
        assert FRAMES_PER_SECOND / 2 < back < 1.5 * FRAMES_PER_SECOND


async def test_few_of_one_network_hear_themselves_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        clients = [await at_home(server) for _ in range(MAX_PER_NETWORK + 1)]
        for each in clients[1:]:
            await each.do(c.EchoVoice(), c.EchoVoice())
        refused = await clients[0].ask(c.EchoVoice())
        assert isinstance(refused, e.Refused)
        assert refused.code == "echo_busy"
        await clients[1].do(c.EchoVoice(on=False), c.EchoVoice(on=False))
        await clients[0].do(c.EchoVoice())
