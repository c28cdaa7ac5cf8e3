"""Tests of push to talk by a key that is held, where the terminal tells when it is let go."""

from __future__ import annotations

import asyncio
import signal

import pytest
from textual import events
from textual.message import Message

from roomcli.frontends.tui.key_releases import KeyboardReport, KeyReleased
from roomcli.frontends.tui.keystrokes import Keystrokes
from roomcli.frontends.tui.window_title import PUT_BACK_TITLE
from roomcli.protocol import commands as c
from roomcli.protocol import local

from ....support.kitty import kitty
from ....support.processes import Journey
from ....support.terminal import until
from ....support.tui_seat import seat

ALL = 1 | 2 | 8 | 16
"""What Textual asks of kitty, and releases."""


def told(text: str) -> list[Message]:
    """Return what is told of bytes of a terminal."""
    return list(Keystrokes().feed(text.encode()))


@pytest.mark.parametrize(
    ("text", "key", "character"),
    [
        ("\x1b[32;;32u", "space", " "),
        ("\x1b[32;1:1;32u", "space", " "),
        ("\x1b[32;1:2;32u", "space", " "),
        ("\x1b[1;1:1A", "up", None),
        ("\x1b[1;1:2B", "down", None),
        ("\x1b[13;1:1u", "enter", "\r"),
        ("\x1b[116;5:1u", "ctrl+t", None),
        ("\x1b[3;1:2~", "delete", None),
    ],
)
def test_presses_and_repeats_are_keys(text: str, key: str, character: str | None) -> None:
    (event,) = told(text)
    assert isinstance(event, events.Key)
    assert (event.key, event.character) == (key, character)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("\x1b[32;1:3u", "space"),
        ("\x1b[32;2:3u", "shift+space"),
        ("\x1b[1;1:3A", "up"),
        ("\x1b[3;1:3~", "delete"),
        ("\x1b[13;1:3u", "enter"),
    ],
)
def test_a_release_is_no_key(text: str, key: str) -> None:
    (event,) = told(text)
    assert isinstance(event, KeyReleased)
    assert event.key == key


@pytest.mark.parametrize(
    "text", ["\x1b[99999999999;1:3u", "\x1b[1114112;1:2u", "\x1b[::;1:3u", "\x1b[?999999999u"]
)
def test_what_names_no_key_leaves_the_keys_after_it_alone(text: str) -> None:
    keys = Keystrokes()
    assert not [each for each in keys.feed(text.encode()) if isinstance(each, KeyReleased)]
    *_, after = keys.feed(b"\x1b[32;1:3u")
    assert isinstance(after, KeyReleased)
    assert after.key == "space"


def test_the_terminal_says_whether_it_tells_of_releases() -> None:
    reports = [each for text in ("\x1b[?25u", "\x1b[?27u", "\x1b[?0u") for each in told(text)]
    assert [isinstance(each, KeyboardReport) and each.has_releases for each in reports] == [
        False,
        True,
        False,
    ]


def test_held_space_is_on_air_until_it_is_let_go_or_the_window_is_left() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.sees("space opens the microphone")
            you.app.post_message(KeyboardReport(ALL))
            await you.sees("hold space to speak")
            for end in (KeyReleased("shift+space"), events.AppBlur()):
                you.engine.sent.clear()
                await you.presses("space", "space", "space")
                await you.sees("● ON AIR")
                await you.sees("let go to mute")
                you.app.post_message(KeyReleased("m"))
                await you.pilot.pause()
                assert you.shows("● ON AIR")
                you.app.post_message(end)
                await you.sees("○ MUTED")
                you.app.post_message(events.AppFocus())
                orders = [each for each in you.engine.sent if isinstance(each, local.PushToTalk)]
                assert [each.down for each in orders] == [True, False]
                assert 0.0 < orders[0].at <= orders[1].at
                assert you.engine.sent == orders

    asyncio.run(scenario())


def test_a_page_over_the_room_does_not_keep_the_microphone_open() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.app.post_message(KeyboardReport(ALL))
            await you.sees("hold space to speak")
            await you.presses("space", "question_mark")
            await you.sees("Keys")
            you.app.post_message(KeyReleased("space"))
            await you.until(lambda: not you.model.microphone_open)

    asyncio.run(scenario())


def test_what_another_key_opened_space_closes_at_once_and_leaves_closed() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.app.post_message(KeyboardReport(ALL))
            await you.sees("hold space to speak")
            await you.presses("m")
            await you.sees("space mutes")
            await you.presses("space", "space", "space")
            await you.sees("○ MUTED")
            you.app.post_message(KeyReleased("space"))
            await you.pilot.pause()
            assert you.sent == [c.Unmute(lease=True), c.Mute()]

    asyncio.run(scenario())


def test_in_kitty_space_is_held_and_elsewhere_it_is_pressed(journey: Journey) -> None:
    words = ("tests.support.fake_engine", "--you", "speaker", "--events", "0")
    with kitty(*words, environment=journey.environment("robin")) as shell:
        shell.writes("hold space to speak")
        assert shell.flags == [ALL]
        shell.attend()
        shell.press("space")
        shell.writes("● ON AIR")
        shell.repeat("space")
        shell.repeat("space")
        shell.attend()
        shell.release("space")
        shell.writes("○ MUTED")
        shell.attend()
        shell.press("space")
        shell.writes("● ON AIR")
        shell.attend()
        shell.focus(False)
        shell.writes("○ MUTED")
        shell.process.send_signal(signal.SIGSTOP)
        shell.speaks = False
        shell.attend()
        shell.process.send_signal(signal.SIGCONT)
        shell.writes("space opens the microphone")  # another terminal took over
        shell.process.send_signal(signal.SIGTERM)
        until(lambda: shell.process.poll() is not None, "the end")
        shell.writes(PUT_BACK_TITLE)


def test_the_keyboard_is_as_before_when_the_program_ends(journey: Journey) -> None:
    words = ("tests.support.fake_engine", "--you", "speaker", "--events", "0")
    with kitty(*words, environment=journey.environment("robin")) as shell:
        shell.writes("hold space to speak")
        shell.process.send_signal(signal.SIGTERM)
        until(lambda: shell.process.poll() is not None, "the end")
        until(lambda: shell.flags == [], "the keyboard as it was")
