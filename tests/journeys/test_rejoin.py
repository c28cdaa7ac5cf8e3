"""Tests of a frontend whose engine dies: another engine takes the seat over, muted."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from roomcli.frontends.engine_process import EngineProcess
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local

from ..support.patience import PATIENCE
from ..support.processes import Journey, room_on


def test_a_new_engine_takes_the_seat_of_one_that_died(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = journey.serve("--no-tls")
    address = room_on(url, "standup")
    ann = journey.participant("Ann", "host", address)
    ann.joined()
    for name, value in journey.environment("Ben").items():
        monkeypatch.setenv(name, value)
    enter = local.Enter(url=address, name="Ben", mic="tone:440", speaker="none")
    engine = EngineProcess(enter, log=journey.folder / "engine.log")

    async def scenario() -> None:
        events = engine.events()

        async def seen(kind: type[e.Event]) -> e.Event:
            async for event in events:
                if isinstance(event, kind):
                    return event
            raise AssertionError(f"the engine ended before {kind.__name__}")

        joined = await seen(e.Joined)
        assert isinstance(joined, e.Joined)
        assert joined.ticket is None, "the ticket is no business of a screen"
        ann.say("invite_to_stage", id=joined.you)
        await seen(e.InvitedToStage)
        engine.send(c.AcceptStageInvitation())
        await seen(e.StageJoined)
        engine.send(c.Unmute())
        opened = await seen(local.Microphone)
        assert isinstance(opened, local.Microphone)
        assert opened.open

        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        again = await seen(e.Joined)
        assert isinstance(again, e.Joined)
        assert again.you == joined.you
        assert again.resumed
        speaker = again.view.stage[again.you]
        assert (speaker.role, speaker.muted) == ("speaker", True)
        await engine.close()

    asyncio.run(asyncio.wait_for(scenario(), 3 * PATIENCE))
