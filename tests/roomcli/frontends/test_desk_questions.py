"""Tests of commands that need no room, each with whoever waits for its answers."""

from __future__ import annotations

import asyncio

import pytest

from roomcli.errors import CommandRefused, ConnectionFailed
from roomcli.frontends.desk_questions import DeskQuestions
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile


class AskedDesk:
    """Two commands that were given; the second one is answered first."""

    def __init__(self) -> None:
        self.sent: list[c.Command] = []
        self.questions = DeskQuestions(self._send)

    def _send(self, command: c.Command) -> bool:
        self.sent.append(command)
        return True

    def answer(self, place: int, name: str) -> None:
        ref = self.sent[place].ref
        profile, person = Profile(name=name), Person("", name)
        assert self.questions.settles(e.ProfileShown(person=person, profile=profile, ref=ref))
        assert ref is not None
        assert self.questions.settles(e.Done(ref=ref))


def test_each_gets_the_answers_to_their_own_command() -> None:
    async def scenario() -> None:
        asked = AskedDesk()
        both = [asyncio.ensure_future(asked.questions.ask(c.ShowProfile())) for _ in range(2)]
        await asyncio.sleep(0)
        asked.answer(1, "Ben")
        asked.answer(0, "Ann")
        answers = [each.profile.name for (each,) in await asyncio.gather(*both)]  # type: ignore[attr-defined]
        assert answers == ["Ann", "Ben"]

    asyncio.run(scenario())


def test_a_refusal_is_raised_and_so_is_the_end_of_the_connection() -> None:
    async def scenario() -> None:
        asked = AskedDesk()
        both = [asyncio.ensure_future(asked.questions.ask(c.ExportProfile())) for _ in range(2)]
        await asyncio.sleep(0)
        refused = e.Refused(command="", code="rate_limited", text="wait", ref=asked.sent[0].ref)
        assert asked.questions.settles(refused)
        with pytest.raises(CommandRefused, match="wait"):
            await both[0]
        asked.questions.fail("gone")
        with pytest.raises(ConnectionFailed, match="gone"):
            await both[1]

    asyncio.run(scenario())


def test_what_answers_nobody_here_is_for_others() -> None:
    async def scenario() -> None:
        asked = AskedDesk()
        assert not asked.questions.settles(e.Done(ref=7))
        assert not asked.questions.settles(e.ProfileChanged())
        with pytest.raises(ConnectionFailed):
            await DeskQuestions(lambda command: False).ask(c.ShowProfile())
        waiting = asyncio.ensure_future(asked.questions.ask(c.ShowProfile()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        asked.answer(0, "nobody waits any longer")

    asyncio.run(scenario())
