"""Tests of a link at every moment: cut, woken up, left, with nothing left open."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from roomcli.engine import link as link_module
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Connection

from .test_link import Stay, Visitor, scripted, vanish, welcome


async def test_a_server_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcli.wire.heartbeat.TIMEOUT", 0.6)

    async def silent(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.to_the_end()

    async with scripted(silent, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
        lost = stay.side.all(Connection)[1]
        assert (lost.state, lost.text) == ("reconnecting", "the server fell silent")


class Patient:
    """Replaces the backoff, with a pause of an hour."""

    def __init__(self, now: float) -> None:
        pass

    def pause(self, now: float) -> float:
        return 3600.0


async def test_a_machine_that_wakes_up_connects_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "Backoff", Patient)
    monkeypatch.setattr("roomcli.engine.dialogue.ANSWER_SECONDS", 3600.0)
    monkeypatch.setattr("roomcli.engine.stays.ANSWER_SECONDS", 3600.0)
    reached = trio.Event()

    async def hangs(visitor: Visitor) -> None:
        await visitor.ask_in()
        reached.set()
        await visitor.to_the_end()

    async with scripted(vanish, hangs, welcome, welcome) as server:
        stay = server.stay()
        await stay.side.until(Connection, 2)
        await trio.testing.wait_all_tasks_blocked()
        stay.link.reconnect_now("slept")  # during a pause
        await reached.wait()
        stay.link.reconnect_now("slept")  # during an attempt
        await stay.side.until(e.Joined, 2)
        stay.link.reconnect_now("slept")  # in the room
        await stay.side.until(e.Joined, 3)


@pytest.mark.parametrize("moment", ["connecting", "hello", "room", "pause"])
async def test_a_cancelled_link_leaves_nothing_open(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "Backoff", Patient)
    reached, left = trio.Event(), trio.Event()

    async def script(visitor: Visitor) -> None:
        if moment != "hello":
            await visitor.greet()
        if moment == "pause":
            visitor.connection.stream.cut("gone")
            return
        reached.set()
        await visitor.to_the_end()
        left.set()

    async with scripted(script) as server:
        stay = Stay(server)
        async with trio.open_nursery() as inner:
            inner.start_soon(stay.run)
            if moment == "pause":
                await stay.side.until(Connection, 2)
            elif moment != "connecting":
                await reached.wait()
            inner.cancel_scope.cancel()
        if moment in ("hello", "room"):
            await left.wait()
        assert not stay.link.send(c.RaiseHand())
