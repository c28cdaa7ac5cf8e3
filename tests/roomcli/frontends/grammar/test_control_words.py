"""Tests of the words of `roomcli ctl`: those of keys, and lines of the room's own grammar."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomcli.errors import CommandRefused, UsageError
from roomcli.frontends.grammar.arguments import NOT_TYPED
from roomcli.frontends.grammar.control_room import command_of
from roomcli.frontends.grammar.control_words import key_command
from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, RoomInvite

from ....support.fake_cast import listener
from ....support.fake_room import TROLL, make_view
from ....support.seats import people_page, someone


def test_no_password_stands_in_a_command_line() -> None:
    with pytest.raises(UsageError, match="within the room"):
        key_command(["set_password", "password=secret"])
    assert asked("set_password", "password=")["password"] == ""
    assert asked("set_password")["password"] == ""


class Cast:
    """The engine of the scripted room, which answers questions about it and its audience."""

    def __init__(self, *, audience: int = 4, refuses: bool = False) -> None:
        self.view = make_view("host", audience)
        self.refuses = refuses
        self.asked: list[dict[str, Any]] = []

    def ask(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a command as an engine does."""
        self.asked.append(command)
        told: list[Any] = []
        match command["command"]:
            case "read_room":
                told = [
                    e.Joined(room="standup", you=self.view.you, view=self.view, server_time=0.0)
                ]
            case "list_people" if self.refuses:
                raise CommandRefused("rate_limited", "too many questions")
            case "list_people":
                told = self._page(command["of"], command["offset"])
            case "list_bans":
                told = [e.BanList(bans=(BanNotice(key=TROLL.key, name="Troll", at=0.0),))]
            case "list_room_invites":
                told = [e.RoomInviteList(invites=(RoomInvite(id="link1", expires_at=9.0),))]
        return [msgspec.to_builtins(each) for each in told]

    def _page(self, of: Any, offset: int) -> list[Any]:
        people = [someone(f"far{n}", f"Far {n}", key=f"{n:032x}") for n in range(120)]
        people = (
            [TROLL]
            if of == "left"
            else [*(self.view.people[each] for each in self.view.front_row.values()), *people]
        )
        page = tuple(people[offset : offset + 50])
        return [people_page(page, offset=offset, total=len(people), of=of)]


def asked(*words: str, cast: Cast | None = None) -> dict[str, Any]:
    """Return the command that the words mean, without its ref and lease."""
    command = key_command(words)
    if command is None:
        found = command_of(words, (cast or Cast()).ask)
        assert isinstance(found, dict)
        command = {name: value for name, value in found.items() if name not in NOT_TYPED}
    return command


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["mute"], {"command": "mute"}),
        (["unmute"], {"command": "unmute"}),
        (["mute", "toggle"], {"command": "toggle_microphone"}),
        (["ptt", "down"], {"command": "push_to_talk", "down": True}),
        (["ptt", "up"], {"command": "push_to_talk", "down": False}),
        (["ptt", "down=up"], {"command": "push_to_talk", "down": False}),
        (["/toggle_microphone"], {"command": "toggle_microphone"}),
        (["raise"], {"command": "raise_hand"}),
        (["raise", "on", "tests"], {"command": "raise_hand", "topic": "on tests"}),
        (["raise_hand", "topic=on tests"], {"command": "raise_hand", "topic": "on tests"}),
        (["lower"], {"command": "lower_hand"}),
        (["react", "🎉"], {"command": "react", "reaction": "🎉"}),
        (["react", "reaction=🎉"], {"command": "react", "reaction": "🎉"}),
        (
            ["chat", "reply_to=12", "this one"],
            {"command": "chat", "text": "this one", "reply_to": 12},
        ),
        (
            ["chat", "a=b", "--room"],
            {"command": "chat", "text": "a=b --room", "reply_to": None},
        ),
        (["leave"], {"command": "leave"}),
        (["lock"], {"command": "lock"}),
        (["silence", "id=ben"], {"command": "silence", "id": "ben1", "reason": ""}),
        (["silence", "Ben Okafor"], {"command": "silence", "id": "ben1", "reason": ""}),
        (["/silence", "ben", "hums"], {"command": "silence", "id": "ben1", "reason": "hums"}),
        (["accept_hand"], {"command": "accept_hand", "id": "fay1"}),
        (["accept_hand", "gus1"], {"command": "accept_hand", "id": "gus1"}),
        (
            ["ban", "Ben", "2h", "too", "loud"],
            {"command": "ban", "id": "ben1", "seconds": 7200, "reason": "too loud"},
        ),
        (
            ["ban", "id=ben1", "seconds=30m", "reason=too loud"],
            {"command": "ban", "id": "ben1", "seconds": 1800, "reason": "too loud"},
        ),
        (["ban", "troy"], {"command": "ban", "id": "tro1", "seconds": None, "reason": ""}),
        (["unban", "troll"], {"command": "unban", "key": TROLL.key}),
        (["revoke_room_invite", "lin"], {"command": "revoke_room_invite", "id": "link1"}),
    ],
)
def test_words_are_a_command(words: list[str], command: dict[str, Any]) -> None:
    assert asked(*words) == command


def test_settings_are_typed_as_in_the_room() -> None:
    words = ("floor_seconds=2m", "chat=off", "listed=true", "hands=off", "topic=On trains")
    command = asked("change_settings", *words)
    assert command | {"floor_seconds": 120, "chat": False, "listed": True} == command
    assert (command["hands"], command["topic"], command["order"]) == ("off", "On trains", None)
    said = command_of(["change_settings"], Cast().ask)
    assert isinstance(said, str)
    assert said.startswith("The room: topic:")


def test_who_is_not_in_sight_is_looked_for() -> None:
    cast = Cast(audience=140)
    assert asked("remove", "Far 100", cast=cast)["id"] == "far100"
    offsets = [each["offset"] for each in cast.asked if each["command"] == "list_people"]
    assert offsets == [0, 50, 100]
    cast = Cast(audience=140)
    assert asked("remove", "Far", "7", cast=cast)["id"] == "far7", "not whoever begins so"
    with pytest.raises(UsageError, match="Nobody here is called Xerxes"):
        asked("remove", "Xerxes", cast=cast)
    with pytest.raises(CommandRefused, match="too many questions"):
        asked("remove", "Xerxes", cast=Cast(audience=140, refuses=True))
    first = listener(0).name[:-1]
    assert asked("remove", first, cast=Cast(audience=140, refuses=True))["id"] == "p0"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("mtue", "There is no mtue, did you mean mute?"),
        ("enter url=ws://h/r/x", "There is no enter"),
        ("ptt sideways", "I do not understand sideways: /push_to_talk down|up"),
        ("ptt", "Say what: /push_to_talk down|up"),
        ("ptt down at=5", "I do not understand at=5: /push_to_talk down|up"),
        ("toggle_microphone now", "I do not understand now: /toggle_microphone stands alone"),
        ("mute ben", "I do not understand ben: /mute stands alone"),
        ("chat", "Say what: /chat [reply_to=NUMBER] TEXT"),
        ("ban", "Say whom: /ban NAME [10m|2h|3d|forever] [REASON]"),
        ("silence Nobody", "Nobody here is called Nobody"),
        ("change_settings floor_seconds=soon", "floor_seconds is a number, or a time such as 2m"),
        ("change_settings floor_seconds=9999", "That does not fit. /change_settings"),
        ("change_settings speed=3", "There is no speed: there are topic, hands, order,"),
        ("mute ref=7", "I do not understand ref=7: /mute stands alone"),
    ],
)
def test_words_that_make_no_command_are_one_line(words: str, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(*words.split())
    assert str(caught.value).startswith(line)
