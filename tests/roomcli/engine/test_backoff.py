"""Tests of when the link tries again: after the time told, and no sooner after a short success."""

from __future__ import annotations

import pytest

from roomcli.engine.backoff import SETTLED, Backoff
from roomcli.engine.link import CONNECTION_FAILED
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import Connection

from .test_link import Visitor, scripted, vanish, welcome


@pytest.mark.parametrize(("seconds", "grows"), [(0.0, True), (SETTLED, False)])
async def test_a_success_counts_after_some_seconds_in_the_room(
    monkeypatch: pytest.MonkeyPatch, seconds: float, grows: bool
) -> None:
    asked: list[Backoff] = []

    class Noted(Backoff):
        def pause(self, now: float) -> float:
            asked.append(self)
            return 0.0

    monkeypatch.setattr("roomcli.engine.link.Backoff", Noted)
    async with scripted(vanish) as server:
        stay = server.stay()
        for number in range(1, 5):
            await stay.side.until(e.Joined, number)
            stay.ahead += seconds
        await stay.side.until(e.Joined, 5)
    assert len(set(asked)) == (1 if grows else 4)


@pytest.mark.parametrize("door", ["room", "server"])
async def test_who_is_told_to_wait_at_the_door_comes_back_after_that(door: str) -> None:
    async def busy(visitor: Visitor) -> None:
        if door == "room":
            code = "rate_limited"
            wait = e.Refused(command="enter_room", code=code, text="slowly", retry_after=0.5)
            await visitor.greet(wait)
        else:
            visitor.send(e.Challenge(nonce=b"n" * 32))
            await visitor.until(c.Hello)
            wait = e.Refused(command="hello", code="too_fast", text="slowly", retry_after=0.5)
            visitor.send(wait, e.Goodbye(code="too_fast", text="slowly", retry=True))
        await visitor.to_the_end()

    async with scripted(vanish, busy, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
        waits = [each.retry_in for each in stay.side.all(Connection) if each.retry_in]
        assert waits[-1] == 0.5
    async with scripted(busy, busy, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined)
        told = [(each.state, each.text, each.retry_in) for each in stay.side.all(Connection)]
        waits = [("connecting", "slowly", 0.5)] * 2
        assert told == [*waits, ("connected", "", None)]


async def test_who_is_not_told_for_how_long_is_not_kept_at_the_door() -> None:
    async def failing(visitor: Visitor) -> None:
        await visitor.greet(e.Refused(command="enter_room", code="failed", text="broken"))
        await visitor.to_the_end()

    async with scripted(failing) as server:
        ending = await server.stay().to_the_end()
        assert ending.code == CONNECTION_FAILED
        assert ending.text.endswith("broken")
