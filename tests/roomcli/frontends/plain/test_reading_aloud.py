"""Tests of what the plain room reads out: the door, the chat, the lists and the log."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec

from roomcli.frontends.words.log_export import LogReading
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.moderation_log import LogEntry, first_fault
from roomcli.protocol.settings import RoomSettings

from ....support.fake_room import OPENED_AT, YOU, FakeRoom, Said, make_view
from ....support.plain_seat import TypedLines, seated
from ....support.seats import chat_message, someone


class PagedRoom(FakeRoom):
    """A scripted room whose log comes one entry per page."""

    def answer(self, command: c.Command) -> list[Said]:
        """Answer with the first of the entries that were asked for."""
        return [
            msgspec.structs.replace(event, entries=event.entries[:1], more=len(event.entries) > 1)
            if isinstance(event, e.LogPage)
            else event
            for event in super().answer(command)
        ]


MESSAGES = tuple(chat_message(someone("a", "Ada"), number, "so", 0.0) for number in range(1, 51))


def numbers(said: list[str]) -> list[int]:
    """Return the numbers of the messages that were read out."""
    return [int(line.split()[1].rstrip(",")) for line in said]


def test_the_chat_is_read_backwards() -> None:
    lines = seated()
    first = "Message 1, Ann Lindqvist (co-host): Welcome! Slides: https://rooms.example/slides"
    assert lines.answers("/read_chat")[0] == first
    assert lines.answers("/read_chat") == ["There are no older messages"]
    assert lines.engine.sent == []


def test_older_messages_are_asked_for() -> None:
    lines = seated()
    lines.hears(*(e.ChatPosted(message=message) for message in MESSAGES[-1:]))
    assert numbers(lines.answers("/read_chat")) == [1, 2, 3], "what was heard is not read again"
    lines.hears(e.ChatPage(messages=(), more=True))
    assert lines.answers("/read_chat") == []
    assert lines.engine.sent == [c.ReadChat(before=1)]


def test_a_long_chat_is_read_in_parts() -> None:
    lines = seated()
    lines.room.model.receive(e.ChatPage(messages=MESSAGES), 0.0, 0.0)
    assert numbers(lines.answers("/read_chat")) == list(range(31, 51))
    assert numbers(lines.answers("/read_chat")) == list(range(11, 31))


def test_what_was_missed_is_read_out_on_coming_back() -> None:
    lines = seated()
    view = lines.room.model.view
    assert view is not None
    missed = MESSAGES[:5]
    lines.hears(e.ChatPosted(message=MESSAGES[3]))
    before = len(lines.said)
    back = e.Joined(room="standup", you=YOU, view=view, server_time=0.0, resumed=True, chat=missed)
    lines.hears(back)
    assert lines.said[before] == "Back in standup, muted"
    read = [line for line in lines.said[before:] if line.startswith("Message ")]
    assert read == ["Message 5, Ada: so"]
    lines.said.clear()
    lines.hears(back)
    assert not any(line.startswith("Message ") for line in lines.said)


def test_a_report_is_confirmed_to_whoever_made_it() -> None:
    room = FakeRoom(make_view("listener", 4))
    lines = TypedLines(room)
    lines.hears()
    lines.answers("/report Dee harassment insults people")
    lines.hears()
    assert lines.said[-1] == "Reported to the server's admins"
    (report,) = [each for each in room.commands if isinstance(each, c.Report)]
    assert (report.id, report.reason, report.note) == ("dee1", "harassment", "insults people")


def test_lists_are_read_out() -> None:
    lines = seated()
    lines.engine.room = FakeRoom(make_view("host", 4))
    for line in (
        "/invites",
        "/bans",
        "/make_room_invite speaker uses=2",
        "/ban Dee 10m insults",
        "/bans",
        "/invites",
    ):
        lines.answers(line)
    before = len(lines.said)
    lines.hears()
    said = lines.said[before:]
    assert said[:2] == ["No invite is good", "Nobody is banned"]
    assert said[2].startswith("Invite i1, good until ")
    assert said[2].endswith(
        ": roomcli join 'wss://rooms.example:7420/r/standup#invite=fresh-invite'"
    )
    assert said[3] == "You banned Dee Castellanos (for 600 s): insults"
    assert said[4].startswith("Dee Castellanos is banned until ")
    assert ", by Robin Keller: insults. Key " in said[4]
    assert said[5].startswith("Invite i1: as speaker, 2 times, used 0 times, until ")


def test_the_log_is_read_whole_and_written_once(tmp_path: Path) -> None:
    lines = seated()
    lines.engine.room = PagedRoom(make_view("host", 4))
    file = tmp_path / "log.jsonl"
    for line in ("/silence Ben too loud", "/remove Ida Berg spam", "/lock", "/silence Cho"):
        lines.answers(line)
    lines.hears()
    lines.said.clear()
    for line in (f"/log {file}", "/log", f"/log {file}", f"/log {tmp_path / 'no' / 'log'}"):
        lines.answers(line)
        for _ in range(4):  # three pages, and the last word of each run
            lines.hears()
    head, *entries = (json.loads(line) for line in file.read_text().splitlines())
    assert head["room"] == "standup"
    assert head["opened_at"] == OPENED_AT
    log = msgspec.convert(entries, list[LogEntry])
    assert [entry.action for entry in log] == ["silence", "remove", "silence"]
    assert first_fault(log, head["room"], head["opened_at"]) is None
    assert file.stat().st_mode & 0o777 == 0o600
    assert "The log is sound: 3 entries" in lines.said
    assert any(
        line.startswith("Entry 2, ") and line.endswith(": You removed Ida Berg: spam")
        for line in lines.said
    )
    assert f"{file} exists already: name another file" in lines.said
    assert lines.said[-1].endswith("No such file or directory")


def test_a_log_that_was_refused_is_not_waited_for(tmp_path: Path) -> None:
    lines = seated()
    lines.answers(f"/log {tmp_path / 'log'}")
    lines.hears(e.Refused(command="read_log", code="slow_down", text="wait 3 s"))
    lines.hears(e.LogPage(entries=(), opened_at=OPENED_AT))
    assert lines.said[-1] == "wait 3 s"
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_was_changed_is_not_called_sound() -> None:
    lines = seated()
    lines.answers("/log")
    lie = LogEntry(number=1, at=0.0, action="lock", previous="0" * 32)
    lines.hears(e.LogPage(entries=(lie,), opened_at=OPENED_AT))
    assert lines.said[-1] == "The log is not sound: entry 1 does not follow from the one before"


def test_a_log_without_end_is_not_read_for_ever() -> None:
    assert LogReading().receive_page(e.LogPage(entries=(), opened_at=OPENED_AT, more=True)) is None


def test_a_turn_is_told_with_its_speaker() -> None:
    lines = seated()
    lines.hears(e.TurnSet(id="cho1", ends_at=time.time() + 1000))
    (cho,) = [line for line in lines.answers("/who") if "Cho" in line]
    assert cho.endswith(": muted, spoke 1 min, 16 min left of the turn")


def test_the_queue_tells_its_reasons() -> None:
    lines = seated()
    assert len(lines.answers("/hands")) == 3
    fair = RoomSettings(order="fair")
    lines.hears(e.SettingsChanged(settings=fair, by="ANN1"))
    assert lines.answers("/hands")[-1].startswith("Hand 3: Fay Nakamura, has spoken 40 s, waits")
    lines.hears(e.HandsLowered(by="ANN1"))
    assert lines.answers("/hands") == ["No hand is up"]


def test_who_is_told_to_wait_at_the_door_reads_why() -> None:
    lines = TypedLines(FakeRoom(make_view("speaker", 4)))
    wait = local.Connection(state="connecting", text="too many tries: wait 4 s", retry_in=4.0)
    lines.hears(local.Connection(state="connecting"), wait)
    assert lines.said.count("Not in yet: too many tries: wait 4 s") == 1


def test_who_is_heard_otherwise_is_said_in_words() -> None:
    lines = TypedLines(FakeRoom(make_view("listener", 4)))
    lines.hears()
    lines.answers("/volume Ann 50")
    lines.answers("/mute_for_me Ben Okafor")
    lines.hears()
    assert "You hear Ann Lindqvist (host) at 50 %" in lines.said
    assert "Ben Okafor (co-host) is muted for you" in lines.said
    told = lines.answers("/who")
    assert any("Ann Lindqvist" in each and "volume 50 % for you" in each for each in told)
    assert any("Ben Okafor" in each and "muted for you" in each for each in told)
