"""Tests of the rooms that are asked for again and again, and of answers as a stranger's word."""

from __future__ import annotations

import asyncio
import threading

import pytest

from roomcli.errors import ConnectionFailed
from roomcli.frontends import polled_rooms
from roomcli.frontends.model.open_rooms import OpenRoom, rooms_of
from roomcli.frontends.polled_rooms import polled

from ...support.patience import PATIENCE

STANDUP: dict[str, object] = {"name": "standup", "stage": 6, "audience": 240, "access": "open"}
VIENNA: dict[str, object] = {"name": "vienna", "host": "Cho", "stage": 1, "locked": True}


def test_it_is_asked_again_also_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polled_rooms, "REFRESH", 0.0)
    answers: list[list[dict[str, object]] | str] = [[], "nothing listens there", [VIENNA, STANDUP]]

    def ask() -> list[dict[str, object]]:
        answer = answers.pop(0)
        if isinstance(answer, str):
            raise ConnectionFailed(answer)
        return answer

    async def scenario() -> None:
        news = polled(ask)
        assert await anext(news) == ()
        assert str(await anext(news)) == "nothing listens there"
        assert await anext(news) == (
            OpenRoom("standup", stage=6, audience=240),
            OpenRoom("vienna", host="Cho", stage=1, door=("locked",)),
        ), "the fullest first"

    asyncio.run(scenario())


def test_an_answer_is_a_strangers_word() -> None:
    told: list[dict[str, object]] = [
        {"name": "../../etc"},
        {"name": 7},
        {"name": "ok", "topic": "\x1b[31mred", "stage": -1, "audience": "many", "keeps": 3},
    ]
    assert rooms_of(told) == (OpenRoom("ok", topic="red"),)


def test_nobody_who_leaves_waits_for_a_server_that_does_not_answer() -> None:
    closing, answered = threading.Event(), threading.Event()

    def ask() -> list[dict[str, object]]:
        closing.wait(2 * PATIENCE)
        answered.set()
        return [STANDUP]

    async def scenario() -> None:
        task = asyncio.ensure_future(anext(polled(ask)))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(scenario())
    assert not answered.is_set(), "asyncio itself waits for its threads"
    closing.set()
