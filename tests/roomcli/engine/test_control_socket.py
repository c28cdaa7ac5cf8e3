"""Tests of what other programs may do with a room: the control socket, and keys that are held."""

from __future__ import annotations

import contextlib
import json
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.engine.control_socket import MAX_CONNECTIONS, control_socket, serve_control
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage

from ...support.patience import PATIENCE
from ...support.seats import chat_message, people_page, someone
from .test_link import Visitor
from .test_player import write_level
from .test_session import ScriptedRoom, agree, answering, commands, room, settled


class Remote:
    """Another program that is connected to the control socket."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._rest = b""

    async def line(self) -> dict[str, Any]:
        """Return the next line that the engine sends."""
        with trio.fail_after(PATIENCE):
            while b"\n" not in self._rest:
                received = await self._stream.receive_some()
                assert received, "the engine ended the connection"
                self._rest += received
        line, _, self._rest = self._rest.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        return told

    async def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return the answer."""
        await self.say(json.dumps({"command": command, "ref": 7, **fields}).encode() + b"\n")
        return await self.line()

    async def say(self, line: bytes) -> None:
        """Send any bytes."""
        await self._stream.send_all(line)


@contextlib.asynccontextmanager
async def controlled(inside: ScriptedRoom, folder: Path) -> AsyncIterator[Path]:
    """Serve the room's control socket until the block ends."""
    path = folder / "engine.sock"
    with control_socket(path) as listener:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_control, listener, inside.session)
            yield path
            nursery.cancel_scope.cancel()
    assert not path.exists()


@contextlib.asynccontextmanager
async def remote(path: Path) -> AsyncIterator[Remote]:
    """Connect to the control socket."""
    async with await trio.open_unix_socket(path) as stream:
        yield Remote(stream)


def refuse_silence(visitor: Visitor, command: Any) -> None:
    if isinstance(command, c.Silence):
        refused = e.Refused(command="silence", code="not_allowed", text="no", ref=command.ref)
        visitor.send(refused)
    else:
        agree(visitor, command)


async def test_it_tells_the_state_and_carries_orders_out(tmp_path: Path) -> None:
    async with room(tmp_path, answering(refuse_silence)) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path, remote(path) as ctl:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            state = await ctl.line()
            assert (state["event"], state["room"], state["role"]) == ("state", "standup", "speaker")
            assert (state["muted"], state["on_air"], state["hand"]) == (True, False, None)
            assert [each["name"] for each in state["people"]] == ["Ann", "Ben"]
            assert await ctl.ask("toggle_microphone") == {"event": "done", "ref": 7}
            await inside.is_open(True)
            refused = await ctl.ask("silence", id="ben")
            assert (refused["code"], refused["ref"]) == ("not_allowed", 7)
            assert await ctl.ask("toggle_microphone") == {"event": "done", "ref": 7}
            await inside.is_open(False)
        # The answers were not the frontend's.
        assert not [told for told in inside.told if told["event"] in ("done", "refused")]


async def test_the_state_names_what_is_played(tmp_path: Path) -> None:
    talk = write_level(tmp_path / "talk.wav", 5.0)
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path:
            async with remote(path) as ctl:
                assert (await ctl.line())["playing"] is None
                assert await ctl.ask("play_sound", file=str(talk)) == {"event": "done", "ref": 7}
            async with remote(path) as ctl:
                playing = (await ctl.line())["playing"]
    assert playing == {"name": "talk.wav", "state": "waiting", "position": 0.0, "duration": 5.0}


async def test_a_held_key_talks_until_it_is_let_go(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        for _ in range(5):
            inside.say("push_to_talk", down=True)
        await inside.is_open(True)
        inside.say("push_to_talk", down=False)
        inside.say("push_to_talk", down=False, ref=3)
        await inside.until("done", lambda told: told["ref"] == 3)
        assert inside.microphones() == [True, "pressed"]
        await settled(lambda: commands(inside.server.visitors[0]) == ["Unmute", "Mute"])


async def test_a_release_that_overtakes_its_press_wins(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("push_to_talk", down=False, at=7.2)
        inside.say("push_to_talk", down=True, at=7.1, ref=3)
        await inside.until("done", lambda told: told["ref"] == 3)
        assert inside.microphones() == []
        inside.say("push_to_talk", down=True, at=7.9)
        await inside.is_open(True)


async def test_a_key_that_is_let_go_at_once_opens_nothing(tmp_path: Path) -> None:
    def late(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.Mute):  # the answer to the press comes after the release
            visitor.send(e.Unmuted(id="me"), e.Done(ref=visitor.got[-2].ref or 0))  # type: ignore[union-attr]
        if not isinstance(command, c.Unmute):
            agree(visitor, command)

    async with room(tmp_path, answering(late)) as inside:
        await inside.has_microphone()
        inside.say("push_to_talk", down=True)
        inside.say("push_to_talk", down=False, ref=3)
        await inside.until("done", lambda told: told["ref"] == 3)
        assert inside.microphones() == []


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b'{"command": "enter", "url": "wss://x/r/y", "name": "Eve", "ref": 7}\n',
        b'{"command": "renew_microphone", "ref": 7}\n',
        b"[" * 20_000 + b"\n",
        b"\xff\xfe\n",
    ],
)
async def test_what_is_no_order_is_refused(tmp_path: Path, line: bytes) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path, remote(path) as ctl:
            await ctl.line()
            await ctl.say(line)
            assert (await ctl.line())["code"] == "bad_message"
            assert await ctl.ask("raise_hand", topic="me") == {"event": "done", "ref": 7}


async def test_who_does_not_read_and_who_crowds_in_harm_nobody(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path:
            crowd = [socket.socket(socket.AF_UNIX) for _ in range(3 * MAX_CONNECTIONS)]
            for each in crowd:
                each.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    each.connect(str(path))
                    each.send(b"nonsense\n" * 2000)
            inside.say("raise_hand", ref=1)
            await inside.until("done")
            # Those who came first make room: a mute must always get through.
            async with remote(path) as ctl:
                assert (await ctl.line())["event"] == "state"
                assert await ctl.ask("mute") == {"event": "done", "ref": 7}
            for each in crowd:
                each.close()


async def test_who_goes_without_reading_takes_nobody_along(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path:
            for _ in range(3):
                # What is unread at the end makes it a broken connection, not a closed one.
                async with await trio.open_unix_socket(path) as stream:
                    await stream.send_all(b'{"command": "raise_hand", "ref": 1}\n' * 50)
            async with remote(path) as ctl:
                await ctl.line()
                assert await ctl.ask("mute") == {"event": "done", "ref": 7}


async def test_who_unmutes_what_is_open_leaves_its_lease_alone(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("unmute", lease=True)
        await inside.is_open(True)
        async with controlled(inside, tmp_path) as path, remote(path) as ctl:
            await ctl.line()
            assert await ctl.ask("unmute") == {"event": "done", "ref": 7}
        assert commands(inside.server.visitors[0]) == ["Unmute"]


async def test_an_order_without_a_connection_is_refused(tmp_path: Path) -> None:
    async def drop(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.until(c.RaiseHand)
        visitor.connection.stream.cut("gone")

    async with room(tmp_path, drop) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path, remote(path) as ctl:
            await ctl.line()
            assert (await ctl.ask("raise_hand"))["code"] == "not_connected"
            assert (await ctl.ask("raise_hand"))["code"] == "not_connected"


async def test_coming_back_asks_for_the_chat_that_was_missed(tmp_path: Path) -> None:
    def message(number: int) -> ChatMessage:
        return chat_message(someone("ben", "Ben"), number, "hi", 1.0)

    async def first(visitor: Visitor) -> None:
        await visitor.greet()
        visitor.send(e.ChatPosted(message=message(4)), e.ChatPosted(message=message(5)))
        await trio.lowlevel.checkpoint()
        visitor.send(e.Goodbye(code="server_closing", text="back soon", retry=True))
        await visitor.to_the_end()

    async with room(tmp_path, first, answering(agree)) as inside:
        await inside.until("joined")
        await inside.until("joined")
        assert [visitor.wish.chat_after for visitor in inside.server.visitors] == [0, 5]


async def test_a_list_goes_to_who_asked_for_it(tmp_path: Path) -> None:
    def page(visitor: Visitor, command: Any) -> None:
        if isinstance(command, c.ListPeople):
            people = (someone("eve", "Eve"),)
            visitor.send(people_page(people, offset=0, total=1, ref=command.ref))
        agree(visitor, command)

    async with room(tmp_path, answering(page)) as inside:
        await inside.until("joined")
        async with controlled(inside, tmp_path) as path, remote(path) as ctl:
            await ctl.line()
            told = await ctl.ask("list_people")
            assert (told["event"], told["ref"]) == ("people_page", 7)
            assert told["people"]["EVE"]["name"] == "Eve"
            assert await ctl.line() == {"event": "done", "ref": 7}
        inside.say("list_people", ref=2)
        assert (await inside.until("people_page"))["ref"] == 2
        assert len([told for told in inside.told if told["event"] == "people_page"]) == 1


async def test_who_asks_gets_their_own_answers_with_their_own_refs(tmp_path: Path) -> None:
    waiting: list[Any] = []

    def together(visitor: Visitor, command: Any) -> None:
        waiting.append(command)
        if len(waiting) == 3:
            raised, press, lowered = waiting
            visitor.send(
                e.Refused(command="lower_hand", code="no_hand", text="no", ref=lowered.ref),
                e.Unmuted(id="me"),
                e.Done(ref=press.ref),
                e.Done(ref=raised.ref),
            )

    async with room(tmp_path, answering(together)) as inside:
        await inside.has_microphone()
        async with controlled(inside, tmp_path) as path, remote(path) as ctl:
            await ctl.line()
            inside.say("raise_hand", topic="me", ref=7)
            await settled(lambda: len(waiting) == 1)
            inside.say("unmute", ref=7)
            await settled(lambda: len(waiting) == 2)
            refused = await ctl.ask("lower_hand")
            assert (refused["event"], refused["code"], refused["ref"]) == ("refused", "no_hand", 7)
        await inside.is_open(True)
        for _ in range(2):
            assert (await inside.until("done"))["ref"] == 7
        refs = [command.ref for command in waiting]
        assert len(set(refs)) == 3
        assert not [told for told in inside.told if told["event"] == "refused"]


async def test_who_waits_for_an_answer_when_the_connection_is_lost_is_refused(
    tmp_path: Path,
) -> None:
    async def drop(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.until(c.RaiseHand)
        visitor.connection.stream.cut("gone")

    async with room(tmp_path, drop, answering(agree)) as inside:
        await inside.until("joined")
        inside.say("raise_hand", topic="me", ref=5)
        refused = await inside.until("refused")
        assert (refused["command"], refused["code"]) == ("raise_hand", "not_connected")
        assert refused["ref"] == 5
