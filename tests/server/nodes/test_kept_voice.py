"""Tests of reports in rooms of several servers: what was said reaches the admin of the owner."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing

from benchmarks.valkey import ValkeyServer
from roomcli.protocol import commands as c
from roomcli.protocol.audio import decode_bundle, join_entries
from server.nodes import voice_questions
from server.nodes.kept_voice import KeptVoice
from server.nodes.voice_questions import VoiceQuestions
from server.rooms.last_minute import LAST_SECONDS
from server.store.reports import Evidence

from ...support.serving import Client, RunningServer
from ...support.serving_together import JoinedServer, serving_together
from ...support.valkey import needed

GUEST_WORD, HOST_WORD = b"\xf8of the guest", b"\xf8of the host"


async def said_in_report(
    server: RunningServer, reporter: Client, reported: Client
) -> tuple[Evidence, list[tuple[str, bytes]]]:
    """Report somebody; return the evidence that the admin gets, and who said what."""
    await reporter.do(c.Report(id=reported.id, reason="spam"))
    (brief,) = await server.store.reports.page(open_only=True)
    report = await server.store.reports.find(brief.id)
    assert report is not None
    assert report.evidence is not None
    server.store.reports.resolve(report.id, "root", "", 1.0)
    return report.evidence, [
        (frame.speaker, entry.payload)
        for frame in report.evidence.frames
        for entry in decode_bundle(join_entries(0, [frame.entry])).entries
    ]


async def people_who_talk(one: JoinedServer, other: JoinedServer) -> tuple[Client, Client]:
    """Return a host, and a guest of the other server who both have said a word."""
    host = await one.server.client(intent="host")
    guest = await other.server.client(name="Ben")
    listener = await other.server.client(name="Cleo")
    await one.server.bring_on_stage(host, guest)
    await host.do(c.Unmute())
    for each in (host, guest, listener):
        each.ack()
    guest.speak(GUEST_WORD)
    await listener.heard(GUEST_WORD)
    host.speak(HOST_WORD)
    await listener.heard(HOST_WORD)
    return host, guest


@needed("valkey")
async def test_a_report_has_what_was_said_at_any_server_once(
    tmp_path: Path, valkey: ValkeyServer
) -> None:
    async with serving_together(tmp_path, valkey) as (one, other):
        host, guest = await people_who_talk(one, other)
        await host.heard(GUEST_WORD)
        both = [(guest.id, GUEST_WORD), (host.id, HOST_WORD)]
        for reporter, reported in ((host, guest), (guest, host)):
            evidence, said = await said_in_report(one.server, reporter, reported)
            assert (sorted(said), evidence.unanswered) == (sorted(both), 0)
            assert {each.name for each in evidence.speakers.values()} == {"Ann", "Ben"}


@needed("valkey")
async def test_a_report_asks_the_servers_of_speakers_for_what_did_not_reach_the_owner(
    tmp_path: Path, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_together(tmp_path, valkey) as (one, other):
        monkeypatch.setattr(other.node._voices, "add_voice", lambda *_: None)
        host, guest = await people_who_talk(one, other)
        evidence, said = await said_in_report(one.server, host, guest)
        assert (guest.id, GUEST_WORD) in said
        assert evidence.speakers[guest.id].name == "Ben"

        monkeypatch.setattr(voice_questions, "ANSWER_SECONDS", 0.01)
        for each in one.node._guests.values():
            monkeypatch.setattr(each._questions, "_send", lambda _: None)
        evidence, said = await said_in_report(one.server, host, guest)
        assert (said, evidence.unanswered) == ([(host.id, HOST_WORD)], 1)


async def test_what_was_said_is_kept_for_a_minute_and_for_the_owner_alone(
    autojump_clock: trio.testing.MockClock,
) -> None:
    kept = KeptVoice("this one")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.run)
        kept.add("standup", "owner", "ben", b"frame")
        await trio.sleep(LAST_SECONDS - 1)
        assert kept.said_in("standup", "another") == []
        [(ago, seat, entry)] = kept.said_in("standup", "owner")
        assert (round(ago), seat, entry) == (LAST_SECONDS - 1, "ben", b"frame")
        kept.note_owner("standup", "another")
        assert kept.said_in("standup", "owner") == []
        assert len(kept.said_in("standup", "another")) == 1
        await trio.sleep(2 + 5)
        assert kept.said_in("standup", "another") == []
        assert not kept._rooms
        nursery.cancel_scope.cancel()


async def test_a_server_that_stands_still_is_waited_for_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    began = trio.current_time()
    questions = VoiceQuestions(lambda _: None)
    assert await questions.ask_for("standup") is None
    assert trio.current_time() - began == voice_questions.ANSWER_SECONDS
