"""Tests of typed lines: every command from a line, and a line on what is wrong with it."""

from __future__ import annotations

from typing import get_args

import pytest

from roomcli.frontends.grammar.slash import parse, secret_at
from roomcli.frontends.grammar.usage import COMMANDS, USAGE
from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import commands as c
from roomcli.protocol.local import TypedCommand
from roomcli.protocol.sound import ChangeSound

from .desk_lines import DESK_LINES
from .listed_room import seated
from .room_lines import ROOM_LINES

LINES = [*ROOM_LINES, *DESK_LINES]


@pytest.mark.parametrize(("line", "command"), LINES)
def test_a_line_is_a_command(line: str, command: c.Command) -> None:
    assert parse(line, seated()) == command


def test_the_engine_is_asked_where_the_sound_is_not_known() -> None:
    assert parse("/sound", RoomModel()) == ChangeSound()


def test_every_command_can_be_typed_and_is_explained() -> None:
    everything = set(get_args(TypedCommand))
    assert {type(command) for _, command in LINES} == everything
    assert set(USAGE) == set(COMMANDS)
    assert set(COMMANDS.values()) == everything


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/", "There is no /: /help lists the commands"),
        ("/dance", "There is no /dance: /help lists the commands"),
        ("/mut", "There is no /mut, did you mean /mute? /help lists the commands"),
        ("/open_devices", "There is no /open_devices, did you mean /list_devices? /help lists"),
        ("/invite_to_stage", "Say whom: /invite_to_stage NAME"),
        ("/ban", "Say whom: /ban NAME [10m|2h|3d|forever] [REASON]"),
        ("/ban troy 2 h spam", "2 h is no time: say 90s, 30m, 2h, 7d or forever"),
        ("/ban troy 1.5h", "1.5h is no time"),
        ("/ban troy -5m spam", "-5m is no time"),
        ("/ban troy 30", "30 is no time"),
        ("/ban troy 1h30m spam", "1h30m is no time"),
        ("/ban troy 2 Hours", "2 Hours is no time"),
        ("/ban troy 10 minutes, please", "10 minutes is no time"),
        ("/ban id=troy seconds=1.5h", "1.5h is no time"),
        ("/accept_hand Nobody", "Nobody here is called Nobody"),
        ("/set_volume Ann", "Say what: /set_volume NAME 0-200"),
        ("/volume", "Say whom: /set_volume NAME 0-200"),
        ("/volume Ann 201", "That does not fit. /set_volume NAME 0-200: hear somebody louder"),
        ("/volume Ann loud", "I do not understand loud: /set_volume NAME 0-200"),
        ("/mute_for_me Nobody", "Nobody here is called Nobody"),
        ("/mute_for_me you1", "That is you: this is about how you hear others"),
        ("/accept_hand Fay Nakamora", "Nobody here is called Fay Nakamora"),
        ("/answer_knock Nobody no", "Nobody here is called Nobody"),
        ("/answer_knock Ben Okafor", "Nobody here is called Ben"),
        (
            "/change_settings claimed=acme",
            "acme is no claim: say anyone@acme.example, acme.example,",
        ),
        ("/change_settings allowed=Nobody", "Nobody here is called Nobody"),
        ("/silence Troy", "Nobody here is called Troy"),
        ('/silence ""', "Nobody here is called "),
        ("/lock now", "I do not understand now: /lock stands alone"),
        ("/give_time cho soon", "I do not understand soon: /give_time NAME [60s]"),
        (
            "/give_time cho 2h",
            "That does not fit. /give_time NAME [60s]: let a turn last longer, 10 s to 1 h",
        ),
        ("/react hello", "hello is no emoji: 👏 ❤️ 😂 🎉 🤔 👍 or any other single one"),
        ("/unban stranger", "No ban of stranger is known: /list_bans tells who is banned"),
        ("/remove_message", "Say what: /remove_message NUMBER [REASON]"),
        ("/change_settings speed=3", "There is no speed: there are topic, hands, order,"),
        ("/change_settings order=random", "order is one of fifo, fair"),
        ("/change_settings chat=maybe", "chat is one of on, off"),
        ("/change_settings capacity=many", "capacity is a number, or a time such as 2m"),
        ("/change_settings topic=Two words", "I do not understand words:"),
        ("/change_settings", "The room: topic: there is no topic; hands: everybody may"),
        ("/sound", "Your sound: echo: echo is taken out whenever there is one; noise: steady"),
        ("/sound echo maybe", "echo is one of auto, on, off"),
        ("/sound noise", "I do not understand noise: /change_sound [echo=auto|on|off]"),
        ("/make_room_invite boss", "I do not understand boss:"),
        ("/chat reply_to=12", "Say what: /chat [reply_to=NUMBER] TEXT"),
        ("/chat", "Say what: /chat [reply_to=NUMBER] TEXT"),
        ("", "Say what: /chat [reply_to=NUMBER] TEXT"),
        ("x" * 501, "A message has 500 characters at most; this one has 501"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line: str, words: str) -> None:
    said = parse(line, seated())
    assert isinstance(said, str)
    assert said.startswith(words)
    assert "\n" not in said


def test_outside_a_room_nobody_is_known() -> None:
    assert parse("/silence Ann", RoomModel()) == "Nobody here is called Ann"
    assert isinstance(parse("/change_settings order=fair", RoomModel()), c.ChangeSettings)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("/set_password hunter2", "hunter2"),
        ("  /set_password  a b", " a b"),
        ("/set_password ", ""),
        ("/Set_Passwrod x", "x"),
        ("/set_password", None),
        ("/ban Ann", None),
        ("the password is x", None),
        ("", None),
    ],
)
def test_a_password_in_a_line_is_found(line: str, secret: str | None) -> None:
    place = secret_at(line)
    assert (None if place is None else line[place:]) == secret
