"""Tests of chat, reports, lists and the log as a real server keeps and tells them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

import server.rooms.answers
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle
from roomcli.protocol.chat import CHAT_ON_JOINING, ChatMessage
from roomcli.protocol.moderation_log import LogEntry, first_fault

from ...support.serving import Client, RunningServer, serving


def names(page: e.PeoplePage) -> list[str]:
    """Return the names of a page, in its order."""
    return [page.people[id].name for id in page.seats.values()]


def numbers(messages: tuple[ChatMessage, ...]) -> list[int]:
    return [each.number for each in messages]


async def chatted(server: RunningServer, host: Client, count: int) -> None:
    """Let the host write ``count`` messages."""
    room = server.hub.room("standup")
    assert room is not None
    for number in range(count):
        room.carry_out(host.id, c.Chat(text=f"message {number + 1}"))
    await host.do(c.Mute())


async def test_who_comes_gets_the_newest_messages_and_pages_of_older_ones(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await chatted(server, host, 120)
        guest = await server.client(name="Ben")
        assert numbers(guest.joined.chat) == list(range(121 - CHAT_ON_JOINING, 121))
        page = await guest.question(c.ReadChat(before=guest.joined.chat[0].number), e.ChatPage)
        assert (numbers(page.messages), page.more) == (list(range(21, 71)), True)
        last = await guest.question(c.ReadChat(before=21), e.ChatPage)
        assert (numbers(last.messages), last.more) == (list(range(1, 21)), False)
        nothing = await guest.question(c.ReadChat(before=1), e.ChatPage)
        assert (nothing.messages, nothing.more) == ((), False)


async def test_who_was_away_gets_what_they_missed(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.Chat(text="one"), c.Chat(text="two"))
        await guest.until(e.ChatPosted, lambda event: event.message.number == 2)
        await guest.go()
        await host.do(c.Chat(text="three"), c.Chat(text="four"), c.RemoveMessage(number=3))
        back = await server.client(key=guest.key, ticket=guest.joined.ticket, chat_after=2)
        assert [each.text for each in back.joined.chat] == ["four"]
        again = await server.client(key=guest.key, chat_after=1_000_000)
        assert again.joined.chat == ()


async def test_the_chat_outlives_a_restart_and_goes_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await host.do(c.Chat(text="one"), c.Chat(text="two"))
    async with serving(tmp_path) as server:
        back = await server.client(
            key=host.key, intent="host", ticket=host.joined.ticket, chat_after=1
        )
        assert [each.text for each in back.joined.chat] == ["two"]
        await back.do(c.Chat(text="three"))
        posted = next(each for each in back.got if isinstance(each, e.ChatPosted))
        assert posted.message.number == 3


async def test_a_room_that_is_opened_anew_has_no_memory_of_the_one_before(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await host.do(c.Chat(text="one"), c.ChangeSettings(topic="lighthouses"))
        host.send(c.EndRoom())
        await host.until_out()
        again = await server.client(key=host.key, intent="host")
        assert again.joined.chat == ()
        assert again.view.settings.topic == ""
        page = await again.question(c.ReadLog(), e.LogPage)
        assert [each.action for each in page.entries] == ["open_room"]


async def test_a_report_is_kept_with_its_evidence_and_nobody_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        bad = await server.client(name="Mallory")
        witness = await server.client(name="Ben")
        for each in (host, bad):
            await each.until(e.ParticipantJoined, lambda joined: joined.id == witness.id)
        await server.bring_on_stage(host, bad)
        for word in (b"rude", b"ruder"):
            bad.speak(word)
            await witness.heard(word)
        await bad.do(c.Chat(text="and rude in writing"))
        await witness.until(e.ChatPosted)
        for each in (host, bad):
            await each.do(c.LowerHand())
        before = {each: len(each.got) for each in (host, bad)}
        await witness.do(c.Report(id=bad.id, reason="harassment", note="listen to it"))
        for each in (host, bad):
            await each.do(c.LowerHand())
            news = [got for got in each.got[before[each] :] if not isinstance(got, Bundle | Ack)]
            assert [type(got) for got in news if not isinstance(got, e.Pulse)] == [e.Done]
        assert not any(isinstance(each, e.ModerationLogged) for each in witness.got)
        (listed,) = await server.store.reports.page(open_only=True)
        report = await server.store.reports.find(listed.id)
        assert report is not None
        assert (report.room, report.reason, report.note) == (
            "standup",
            "harassment",
            "listen to it",
        )
        assert (report.reporter.id, report.reported.id) == (
            witness.view.me,
            bad.view.me,
        )
        assert report.evidence is not None
        assert [frame.speaker for frame in report.evidence.frames] == [bad.id, bad.id]
        assert [frame.entry.endswith(b"rude") for frame in report.evidence.frames] == [True, False]
        assert [each.text for each in report.evidence.chat] == ["and rude in writing"]


async def test_who_left_can_still_be_reported(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        bad, witness = await server.client(name="Mallory"), await server.client(name="Ben")
        bad.send(c.LeaveRoom())
        await bad.until_out()
        await witness.do(c.Report(id=bad.id))
        (report,) = await server.store.reports.page(open_only=True)
        assert (report.reported.name, report.reporter.name) == ("Mallory", "Ben")


async def test_the_voice_of_a_minute_ago_is_forgotten(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, witness = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.Unmute())
        host.speak(b"long ago")
        await witness.heard(b"long ago")
        server.pass_time(61)
        await witness.do(c.Report(id=host.id))
        (listed,) = await server.store.reports.page(open_only=True)
        report = await server.store.reports.find(listed.id)
        assert report is not None
        assert report.evidence is not None
        assert report.evidence.frames == []


async def test_those_who_left_are_listed_for_moderators_the_last_first(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guests = [await server.client(name=name) for name in ("Ben", "Carla")]
        for guest in guests:
            guest.send(c.LeaveRoom())
            await guest.until_out()
        page = await host.question(c.ListPeople(of="left"), e.PeoplePage)
        assert names(page) == ["Carla", "Ben"]
        assert (page.of, page.total, page.offset) == ("left", 2, 0)
        second = await host.question(c.ListPeople(of="left", offset=1), e.PeoplePage)
        assert names(second) == ["Ben"]


async def test_who_came_back_is_not_listed_among_those_who_left(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        ben, carla = await server.client(name="Ben"), await server.client(name="Carla")
        for guest in (ben, carla):
            await host.do(c.Remove(id=guest.id))
            await guest.until_out()
        again = await server.client(key=ben.key, name="Benny")
        page = await host.question(c.ListPeople(of="left"), e.PeoplePage)
        assert (names(page), page.total) == (["Carla"], 1)
        await host.do(c.Ban(id=ben.id))  # by the seat that is gone: the person is meant
        assert (await again.until(e.RoomLeft)).reason == "banned"
        page = await host.question(c.ListPeople(of="left"), e.PeoplePage)
        assert next(iter(page.seats)) == again.id
        assert names(page) == ["Benny", "Carla"]
        assert page.total == 2, "a person is listed once"


async def test_the_log_is_read_in_pages_by_anybody_and_ends_where_the_view_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.rooms.answers, "LOG_PER_PAGE", 3)
    async with serving(tmp_path) as running:
        host, guest = await running.client(intent="host"), await running.client(name="Ben")
        for _ in range(3):
            await host.do(c.Lock(), c.Unlock())
        await guest.do(c.RaiseHand())
        log: list[LogEntry] = []
        more, after, pages = True, 0, 0
        while more:
            page = await guest.question(c.ReadLog(after=after), e.LogPage)
            log += page.entries
            more, after, pages = page.more, log[-1].number, pages + 1
        assert pages == 3
        assert [each.action for each in log] == ["open_room", *["lock", "unlock"] * 3]
        assert first_fault(log, "standup", page.opened_at) is None
        assert guest.view.log == log[-1].hash
        told = [each.entry for each in guest.got if isinstance(each, e.ModerationLogged)]
        assert told == log[1:]
        forged = [replace(log[0], reason="no reason"), *log[1:]]
        assert first_fault(forged, "standup", page.opened_at) is not None
