"""Tests of what a script writes: when it is carried out, how it is read, and its errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import replace

from roomcli.frontends.grammar.script import Script
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice

from ....support.patience import PATIENCE
from ....support.processes import Journey, room_on
from ....support.seats import hand_raised, people_page, someone
from ...engine.test_link import Visitor, joined
from ...engine.test_session import agree, answering, commands, room

BEN_KEY = "0123456789abcdef" * 2


def asked(visitor: Visitor) -> list[c.Command]:
    """Return the commands that came after the hello, without the engine's numbers."""
    known = [each for each in visitor.got if isinstance(each, c.Command)]
    return [
        replace(each, ref=None) for each in known if not isinstance(each, c.Hello | c.EnterRoom)
    ]


async def test_what_is_written_before_joined_waits_in_its_order(tmp_path: Path) -> None:
    asked_in, come_in = trio.Event(), trio.Event()

    async def late(visitor: Visitor) -> None:
        await visitor.ask_in()
        asked_in.set()
        await come_in.wait()
        visitor.send(joined())
        while True:
            command = await visitor.read()
            if isinstance(command, c.Command):
                agree(visitor, command)

    async with room(tmp_path, late) as inside:
        inside.say("chat", text="one", ref=1)
        inside.say_raw(b"nonsense\n")
        inside.say("chat", text="two", ref=2)
        inside.say("unmute", ref=3)
        inside.close()  # whoever pipes a file in wants all of it done
        await asked_in.wait()
        await inside.has_read_all()
        assert inside.told == []
        come_in.set()
        assert (await inside.ended())["code"] == "left"
        assert inside.told[0]["event"] == "joined"
        done = [told["ref"] for told in inside.told if told["event"] == "done"]
        assert done[:2] == [1, 2]
        assert [told["code"] for told in inside.told if told["event"] == "problem"] == [
            "bad_message"
        ]
        assert commands(inside.server.visitors[0])[:2] == ["Chat", "Chat"]
        assert commands(inside.server.visitors[0])[-1] == "LeaveRoom"


async def test_more_than_can_wait_is_not_lost(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        for number in range(300):
            inside.say_raw(b'{"command": "dance", "ref": %d}\n' % number)
        await inside.until("problem", lambda told: told["ref"] == 299)
        problems = [told["ref"] for told in inside.told if told["event"] == "problem"]
        assert problems == list(range(300))


@pytest.mark.parametrize(
    ("line", "ref"),
    [
        (b"nonsense", None),
        (b"[1, 2]", None),
        (b"null", None),
        (b"\xff\xfe", None),
        (b'{"ref": 7}', 7),
        (b'{"command": "dance", "ref": 7}', 7),
        (b'{"command": 5, "ref": 7}', 7),
        (b'{"command": "chat", "ref": 7}', 7),
        (b'{"command": "chat", "text": 5, "ref": 7}', 7),
        (b'{"command": "chat", "text": "hi", "ref": "7"}', None),
        (b'{"command": "chat", "text": "hi", "ref": -7}', None),
        (b'{"command": "raise_hand", "ref": 7', 7),
        (b'{"command": "raise_hand", "ref": 7,}', 7),
        (b'{"command": "ban", "id": "Ben", "seconds": "soon", "ref": 7}', 7),
        (b'{"command": "change_settings", "order": "wild", "ref": 7}', 7),
        (b'{"command": "enter", "url": "x", "name": "y", "ref": 7}', 7),
        (b'{"ref": 7, "a": ' + b"[" * 30_000, 7),
        (b'{"command": "chat", "text": "' + b"x" * 70_000 + b'"}', None),
    ],
)
async def test_each_line_that_is_no_command_has_its_problem(
    tmp_path: Path, line: bytes, ref: int | None
) -> None:
    async with room(tmp_path, answering(agree), grammar=Script()) as inside:
        inside.say_raw(line + b"\n")
        inside.say("raise_hand", ref=8)
        problem = await inside.until("problem")
        assert problem["ref"] == ref
        assert "\n" not in problem["text"]
        assert len(problem["text"]) < 300
        assert (await inside.until("done"))["ref"] == 8
        assert commands(inside.server.visitors[0]) == ["RaiseHand"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"command": "mut"}, "There is no mut, did you mean mute?"),
        ({"command": "enter_room"}, "There is no enter_room"),
        ({"command": "ban"}, "Say whom: /ban NAME [10m|2h|3d|forever] [REASON]"),
        ({"command": "chat"}, "Say what: /chat [reply_to=NUMBER] TEXT"),
        (
            {"command": "give_time", "id": "ben", "seconds": "soon"},
            "seconds is a number, or a time",
        ),
        ({"command": "change_settings", "order": "wild"}, "order is one of fifo, fair"),
        ({"command": "react", "reaction": "hello"}, "hello is no emoji"),
    ],
)
async def test_what_is_wrong_is_said_as_on_a_keyboard(
    tmp_path: Path, fields: dict[str, Any], text: str
) -> None:
    async with room(tmp_path, answering(agree), grammar=Script()) as inside:
        inside.say(**fields, ref=7)
        problem = await inside.until("problem")
        assert (problem["code"], problem["ref"]) == ("bad_message", 7)
        assert problem["text"].startswith(text)


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"command": "ban", "id": "Ben", "seconds": "2h"}, c.Ban(id="ben", seconds=7200)),
        ({"command": "ban", "id": "ben", "seconds": 60}, c.Ban(id="ben", seconds=60)),
        ({"command": "ban", "id": "abcd2345"}, c.Ban(id="abcd2345")),
        ({"command": "silence", "id": "be", "reason": "3d"}, c.Silence(id="ben", reason="3d")),
        ({"command": "give_time", "id": "BEN", "seconds": "2m"}, c.GiveTime(id="ben", seconds=120)),
        (
            {"command": "change_settings", "chat": "off", "floor_seconds": "2m", "order": "FAIR"},
            c.ChangeSettings(chat=False, floor_seconds=120, order="fair"),
        ),
        ({"command": "change_settings", "topic": "2h off"}, c.ChangeSettings(topic="2h off")),
        ({"command": "unban", "key": "ann"}, c.Unban(key=BEN_KEY)),
        ({"command": "unban", "key": BEN_KEY}, c.Unban(key=BEN_KEY)),
        ({"command": "remove", "id": "Eve"}, c.Remove(id="eve")),
        ({"command": "chat", "text": "on"}, c.Chat(text="on")),
    ],
)
async def test_a_script_may_write_what_a_person_types(
    tmp_path: Path, fields: dict[str, Any], command: c.Command
) -> None:
    def lists(visitor: Visitor, asked: Any) -> None:
        match asked:
            case c.ListPeople(ref=ref, of=of):
                people = (someone("eve", "Eve"),) if of == "audience" else ()
                page = people_page(people, offset=0, total=len(people), of=of, ref=ref)
                visitor.send(page)
            case c.ListBans(ref=ref):
                ban = e.BanList(bans=(BanNotice(key=BEN_KEY, name="Ann", at=0.0),), ref=ref)
                visitor.send(ban)
        agree(visitor, asked)

    crowded = joined(view=replace(joined().view, audience=60))
    async with room(tmp_path, answering(lists, stage=crowded), grammar=Script()) as inside:
        inside.say_raw(json.dumps(fields).encode() + b"\n")
        inside.say("mute", ref=9)
        await inside.until("done", lambda told: told["ref"] == 9)
        got = asked(inside.server.visitors[0])
        assert [each for each in got if type(each) is type(command)] == [command]


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"command": "remove", "id": "Zoe"}, "no_such_person", "Nobody here is called Zoe"),
        ({"command": "accept_hand"}, "no_hand", "No hand is up"),
    ],
)
async def test_who_is_not_clear_is_refused_as_on_a_keyboard(
    tmp_path: Path, fields: dict[str, Any], code: str, text: str
) -> None:
    async with room(tmp_path, answering(agree), grammar=Script()) as inside:
        inside.say(**fields, ref=7)
        refused = await inside.until("refused")
        assert (refused["command"], refused["ref"]) == (fields["command"], 7)
        assert (refused["code"], refused["text"]) == (code, text)
        assert commands(inside.server.visitors[0]) == []


async def test_a_room_that_tells_no_list_is_believed_with_its_reason(tmp_path: Path) -> None:
    def busy(visitor: Visitor, asked: Any) -> None:
        if isinstance(asked, c.ListPeople):
            text = "too much at once"
            refused = e.Refused(
                command="list_people", code="rate_limited", text=text, ref=asked.ref
            )
            visitor.send(refused)

    crowded = joined(view=replace(joined().view, audience=60))
    async with room(tmp_path, answering(busy, stage=crowded), grammar=Script()) as inside:
        inside.say("silence", id="Zoe", ref=7)
        refused = await inside.until("refused")
        assert (refused["command"], refused["ref"]) == ("silence", 7)
        assert (refused["code"], refused["text"]) == ("rate_limited", "too much at once")


async def test_the_first_hand_is_accepted_where_nobody_is_named(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree), grammar=Script()) as inside:
        await inside.until("joined")
        visitor = inside.server.visitors[0]
        visitor.send(hand_raised(someone("eve", "Eve"), at=1.0))
        await inside.until("hand_raised")
        inside.say("accept_hand", ref=7)
        await inside.until("done")
        assert asked(visitor) == [c.AcceptHand(id="eve")]


def test_a_file_that_is_piped_in_is_done_to_its_last_line(journey: Journey) -> None:
    url, _ = journey.serve()
    lines = (
        b'{"command": "change_settings", "floor_seconds": "2m", "ref": 1}',
        b"nonsense",
        b'{"command": "remove", "id": "Nobody", "ref": 2}',
        b'{"command": "chat", "text": "and good night", "ref": 3}',
    )
    words = ("host", room_on(url, "standup"), "--jsonl", "--name", "Ann", "--mic", "none")
    ended = subprocess.run(
        [sys.executable, "-m", "roomcli", *words, "--speaker", "none"],
        input=b"\n".join(lines),  # the last one has no end
        env=journey.environment("Ann"),
        capture_output=True,
        timeout=PATIENCE,
    )
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, told[0]["event"], told[-1]["code"]) == (0, "joined", "left")
    assert [each["ref"] for each in told if each["event"] == "done"] == [1, 3]
    (settings,) = [each["settings"] for each in told if each["event"] == "settings_changed"]
    assert settings["floor_seconds"] == 120
    (refused,) = [each for each in told if each["event"] == "refused"]
    assert (refused["ref"], refused["text"]) == (2, "Nobody here is called Nobody")
    assert [each["code"] for each in told if each["event"] == "problem"] == ["bad_message"]
