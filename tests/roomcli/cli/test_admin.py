"""Tests of ``roomcli admin`` with a real admins' port and a real store."""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import time
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import trio
from msgspec.structs import replace

from roomcli.audio.paced_device import SilentOutput
from roomcli.cli import exits
from roomcli.cli.admin import seconds_of
from roomcli.cli.main import main
from roomcli.cli.tables import table
from roomcli.errors import UsageError
from roomcli.protocol.people import Person
from server.data_folder import ADMIN_SOCKET

from ...server.admin.test_commands import Serving, serving
from ...support.evidence import ANN, BEN, entries, report, spoken, tone, voice_of
from ...support.patience import PATIENCE

KEY = BEN.key


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@dataclass
class RecordedAdmin:
    """An admin at the server's terminal, with what the commands print."""

    server: Serving
    screen: pytest.CaptureFixture[str]

    async def types(self, line: str, *more: str) -> tuple[int, list[str], str]:
        """Run a command; return the exit code, the lines of its output, and its error output."""
        words = [*line.split(), *more, "--data", str(self.server.folder)]
        with trio.fail_after(PATIENCE):
            code = await trio.to_thread.run_sync(main, ["admin", *words])
        out, err = self.screen.readouterr()
        return code, out.splitlines(), err

    async def reads(self, line: str, *more: str) -> list[str]:
        """Run a command that has to work, and return the lines of its output."""
        code, lines, err = await self.types(line, *more)
        assert (code, err) == (exits.DONE, "")
        return lines


@pytest.fixture
async def admin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[RecordedAdmin]:
    async with serving(tmp_path) as server:
        yield RecordedAdmin(server, capsys)


async def test_reports_are_listed_shown_and_resolved(admin: RecordedAdmin) -> None:
    assert await admin.reads("reports list") == ["no open reports"]
    admin.server.store.reports.save(report("aaa", at=1_000_000_000.0))
    admin.server.store.reports.save(report("bbb", at=1_000_000_060.0))
    assert await admin.reads("reports list") == [
        "REPORT  WHEN              ROOM     WHO  REASON  STATE  NOTE",
        "bbb     2001-09-09 01:47  standup  Ben  spam    open   sells watches",
        "aaa     2001-09-09 01:46  standup  Ben  spam    open   sells watches",
    ]
    assert await admin.reads("reports show aaa") == [
        "report aaa, open",
        "  made      2001-09-09 01:46 in standup, open since 1970-01-01 00:16",
        f"  against   Ben, key {KEY}",
        f"  by        Ann, hosts, key {ANN.key}",
        "  reason    spam: sells watches",
        "  topic     Überblick",
        "  on stage  Ann (host); 3 listening",
        "  voice     Ann, Ben; `roomcli admin reports play aaa`",
        "  chat",
        "    00:00:01  Ben: message 1",
    ]
    (said,) = await admin.reads("reports resolve aaa talked to him")
    assert said.startswith("report aaa is resolved")
    assert len(await admin.reads("reports list")) == 2
    assert "resolved" in (await admin.reads("reports list --all"))[2]
    resolved = (await admin.reads("reports show aaa"))[7]
    assert resolved.startswith("  resolved  ")
    assert resolved.endswith(": talked to him")


async def test_whoever_asks_is_told_what_is_wrong(admin: RecordedAdmin) -> None:
    admin.server.rooms.wrong = ["the store is full\r\nSet-Cookie: \x1b[31m\u2603", "room 7 is out"]
    code, lines, err = await admin.types("rooms end standup")  # which takes more than one question
    assert (code, lines) == (exits.DONE, ["standup is closed for everyone"])
    assert err.splitlines() == [
        "roomcli: the store is full Set-Cookie: ?",
        "roomcli: room 7 is out",
    ]


async def test_a_damaged_room_is_shown_as_that(
    admin: RecordedAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room,) = admin.server.rooms.overview()
    damaged = room | {"access": "damaged", "listed": False, "host": "", "opened_at": 0.0}
    monkeypatch.setattr(admin.server.rooms, "overview", lambda: [damaged])
    assert (await admin.reads("rooms list"))[1].split()[-3:] == ["-", "damaged", "-"]


async def test_a_report_says_which_voice_it_lacks(admin: RecordedAdmin) -> None:
    whole = report("aaa")
    assert whole.evidence is not None
    lacking = replace(whole, evidence=replace(whole.evidence, unanswered=2))
    admin.server.store.reports.save(lacking)
    lacks = "            without what people said at 2 other servers: no answer came in time"
    assert lacks in await admin.reads("reports show aaa")


async def test_reports_without_voice_are_counted(admin: RecordedAdmin) -> None:
    for id, evidence in (("aaa", False), ("bbb", True), ("ccc", False)):
        kept = report(id)
        admin.server.store.reports.save(kept if evidence else replace(kept, evidence=None))
    told = "2 of these are without voice and chat: more was reported than is kept"
    assert (await admin.reads("reports list"))[-1] == told
    shown = await admin.reads("reports show aaa")
    assert shown[-1] == "  voice and chat are not kept: too much else was reported"
    await admin.reads("reports resolve aaa")
    last = (await admin.reads("reports list --all"))[-1]
    assert last == "1 of these is without voice and chat: more was reported than is kept"
    assert (await admin.reads("reports show aaa"))[-1] == "  voice and chat are no longer kept"
    (line,) = await admin.reads("reports list --json")
    bare = {each["id"]: each["without_evidence"] for each in json.loads(line)["reports"]}
    assert bare == {"bbb": False, "ccc": True}


async def test_reports_are_told_to_scripts_too(admin: RecordedAdmin) -> None:
    admin.server.store.reports.save(report("aaa"))
    (line,) = await admin.reads("reports list --json")
    assert [each["id"] for each in json.loads(line)["reports"]] == ["aaa"]
    (again,) = await admin.reads("--data nowhere reports list --json")  # the last word counts
    assert again == line
    (line,) = await admin.reads("reports show aaa --json")
    assert json.loads(line)["evidence"]["speakers"]["ben"]["name"] == "Ben"
    assert json.loads((await admin.reads("rooms list --json"))[0])["rooms"]
    assert json.loads((await admin.reads("bans list --json"))[0]) == {"bans": []}


async def test_what_was_said_is_written_as_a_sound(admin: RecordedAdmin, tmp_path: Path) -> None:
    frames = [
        *spoken("ann", 0.0, entries(tone(300, 0.5))),
        *spoken("ben", 1.5, entries(tone(900, 0.5), slot=1)),
        *spoken("gone", 3.0, entries(tone(900, 0.1), slot=2)),
    ]
    admin.server.store.reports.save(report("aaa", voice=voice_of(frames)))
    file = tmp_path / "heard.wav"
    assert await admin.reads("reports play aaa --output", str(file)) == [
        "  0.0 -  0.5 s  Ann",
        "  1.5 -  2.0 s  Ben",
        "  3.0 -  3.1 s  somebody who had left (gone)",
        f"written to {file}",
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    with wave.open(str(file)) as heard:
        assert (heard.getnchannels(), heard.getframerate()) == (1, 48_000)
        sound = np.frombuffer(heard.readframes(heard.getnframes()), dtype="<i2") / 32768
    for begins, ends, loud in ((0.1, 0.4, True), (0.7, 1.4, False), (1.6, 1.9, True)):
        part = sound[int(begins * 48_000) : int(ends * 48_000)]
        assert bool(np.sqrt(np.mean(part**2)) > 0.1) is loud
    code, _, err = await admin.types("reports play aaa --output", str(tmp_path))
    assert (code, err.count("\n")) == (exits.FAILED, 1)
    assert "cannot write" in err


async def test_what_was_said_is_played_to_the_end(
    admin: RecordedAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[float] = []

    class RecordedSpeaker(SilentOutput):
        """A speaker that plays everything at once."""

        def _move(self) -> None:
            block, count = self.ring.read(480)
            heard.extend(block[:count].tolist())

    opened: list[str | None] = []

    def open_output(spec: str | None) -> SilentOutput:
        opened.append(spec)
        return RecordedSpeaker()

    monkeypatch.setattr("roomcli.cli.evidence.open_output", open_output)
    frames = spoken("ann", 0.0, entries(tone(300, 0.2)))
    admin.server.store.reports.save(report("aaa", voice=voice_of(frames)))
    assert await admin.reads("reports play aaa --speaker Headphones") == ["  0.0 -  0.2 s  Ann"]
    assert opened == ["Headphones"]
    assert len(heard) == 0.2 * 48_000
    assert np.max(np.abs(heard)) > 0.1


async def test_a_report_without_voice_says_so(admin: RecordedAdmin) -> None:
    admin.server.store.reports.save(report("aaa", voice=voice_of([])))
    (said,) = await admin.reads("reports play aaa")
    assert "nothing to hear" in said
    assert "  voice     none" in await admin.reads("reports show aaa")


async def test_keys_are_banned_and_let_in_again(admin: RecordedAdmin) -> None:
    assert await admin.reads("bans list") == ["nobody is banned"]
    (said,) = await admin.reads(f"bans add {KEY} --for 2h --reason", "sells watches")
    assert "banned from this server until " in said
    [ban] = admin.server.rooms.banned
    assert (ban.key, ban.reason) == (KEY, "sells watches")
    titles, line = await admin.reads("bans list")
    assert titles.split() == ["KEY", "NAME", "WHERE", "HOW", "LONG", "BY", "REASON"]
    assert line.startswith(f"{KEY}  -     everywhere  until ")
    assert line.endswith("sells watches")
    (said,) = await admin.reads(f"bans add {KEY}")
    assert said.endswith("banned from this server for good")
    assert await admin.reads(f"bans lift {KEY}") == [f"{KEY} may come in again"]
    code, _, err = await admin.types(f"bans lift {KEY}")
    assert (code, err) == (exits.REFUSED, f"roomcli: no ban from this server for {KEY}\n")


async def test_rooms_are_listed_and_ended(admin: RecordedAdmin) -> None:
    titles, room = await admin.reads("rooms list")
    assert titles.split()[0] == "ROOM"
    assert room == (
        "standup  3       1         2          Ann   by invite, locked, unlisted  2001-09-09 01:46"
    )
    assert await admin.reads("rooms end standup") == ["standup is closed for everyone"]
    assert await admin.reads("rooms list") == ["no open rooms"]
    code, _, err = await admin.types("rooms end standup")
    assert (code, err) == (exits.REFUSED, "roomcli: there is no room standup here\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "required"),
        ("reports", "required"),
        ("reports burn", "invalid choice"),
        ("reports show ../../bans", "is no report"),
        ("bans add Ben", "a key has 32 digits"),
        (f"bans add {KEY} --for 10", "wants a time like 10m"),
        (f"bans add {KEY} --for 0m", "wants a time like 10m"),
        ("rooms end Standup!", "cannot name a room"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", *line.split()]) == exits.WRONG_USAGE
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


@pytest.mark.parametrize("trouble", ["nowhere", "no socket", "dead socket"])
def test_without_a_server_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trouble: str
) -> None:
    folder = tmp_path / "data"
    if trouble != "nowhere":
        folder.mkdir()
    if trouble == "dead socket":
        with socket.socket(socket.AF_UNIX) as dead, contextlib.chdir(folder):
            dead.bind(ADMIN_SOCKET)
    assert main(["admin", "--data", str(folder), "rooms", "list"]) == exits.NOT_CONNECTED
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"no server runs on {folder}" in err


def test_somebody_elses_folder_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(folder: Path) -> None:  # not even root's tests may go in
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr("contextlib.chdir", closed)
    assert main(["admin", "rooms", "list", "--data", str(tmp_path)]) == exits.WRONG_USAGE
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{tmp_path} is not yours" in err


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n[", b"HTTP/1.1 400 No\r\n\r\n{}"]
)
async def test_what_answers_nonsense_is_no_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        with contextlib.chdir(tmp_path):
            bound.bind(ADMIN_SOCKET)
        bound.listen()

        async def nonsense(stream: trio.SocketStream) -> None:
            async with stream:
                await stream.receive_some()
                await stream.send_all(answer)

        listener = trio.SocketListener(trio.socket.from_stdlib_socket(bound))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, nonsense, [listener])
            words = ["admin", "rooms", "list", "--data", str(tmp_path)]
            code = await trio.to_thread.run_sync(main, words)
            nursery.cancel_scope.cancel()
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (exits.NOT_CONNECTED, "", 1)


def test_times_are_given_in_seconds_minutes_hours_or_days() -> None:
    typed = ("90s", "10m", "2h", "3d", "1w")
    assert [seconds_of(text) for text in typed] == [90, 600, 7200, 259_200, 604_800]
    for text in ("", "m", "0m", "1.5h", "-3d", "3y", "3d "):
        with pytest.raises(UsageError):
            seconds_of(text)


def test_a_table_lines_up_and_holds_nothing_that_moves_the_cursor() -> None:
    lines = table(("WHO", "WHAT"), [("李明", "a"), ("\x1b[2JBen\n", "b"), ("Zoë", "c")])
    assert lines == ["WHO   WHAT", "李明  a", "Ben   b", "Zoë   c"]


def test_a_table_lines_up_where_several_signs_make_one_picture() -> None:
    hearts, family = "\u2764\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    lines = table(("WHO", "WHAT"), [(hearts, "a"), (family, "b"), ("Zoë", "c")])
    assert lines == ["WHO  WHAT", f"{hearts}   a", f"{family}   b", "Zoë  c"]


async def test_roles_that_wait_are_listed_and_given(admin: RecordedAdmin) -> None:
    assert await admin.reads("roles list") == ["no role waits for you"]
    admin.server.rooms.waiting = [(Person("b", "Ben", key=KEY), "room/retro@1000")]
    assert (await admin.reads("roles list"))[1].split() == [KEY, "Ben", "room/retro@1000"]
    (said,) = await admin.reads(f"roles agree {KEY} room/retro@1000")
    assert said == f"{KEY} is in room/retro@1000 what they were before"
    code, _, err = await admin.types(f"roles agree {KEY} room/retro@1000")
    assert (code, "waits for nothing" in err) == (exits.REFUSED, True)
