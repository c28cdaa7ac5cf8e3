"""Tests of the screen on a real terminal: keys, screen, and a clean terminal at every end."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest

from ..support.processes import Journey
from ..support.terminal import Terminal, children, lives, needs_tmux, terminal, until

pytestmark = needs_tmux
LEASE = 3.0
"""Seconds for which a microphone stays open without renewal."""


@pytest.fixture
def seated(journey: Journey) -> Iterator[Terminal]:
    """Return a terminal with a host at the screen of the scripted room."""
    with terminal("fake", journey.environment("robin")) as shell:
        shell.types("tests.support.fake_engine", "--you", "host", "--events", "0")
        shell.sees("○ MUTED")
        yield shell


def engine_of(shell: Terminal) -> int:
    """Return the process id of the engine, which the screen's process has started."""
    (engine,) = children(shell.program())
    return engine


def test_keys_in_screen_out_and_back_to_the_shell(seated: Terminal) -> None:
    engine = engine_of(seated)
    assert seated.modes == "1 1"
    for text in ("standup", "Ann Lindqvist", "Hands 3", "Audience 40", "? Help"):
        seated.sees(text)
    seated.presses("Space")
    seated.sees("● ON AIR")
    seated.presses("Space")
    seated.misses("● ON AIR")
    seated.presses("q")
    seated.sees("Hand over to Ann Lindqvist")
    seated.presses("Enter")
    seated.sees("over=0")
    assert seated.modes == "0 0"
    until(lambda: not lives(engine), "the engine's end")


def test_home_a_room_and_home_over_it_are_one_program_with_one_engine(journey: Journey) -> None:
    with terminal("home", journey.environment("robin")) as shell:
        shell.types("tests.support.fake_engine", "--home", "--you", "speaker", "--events", "0")
        shell.sees("2 open rooms")
        engine = engine_of(shell)
        shell.presses("Enter")
        shell.sees("○ MUTED")
        shell.presses("Space")
        shell.sees("● ON AIR")
        shell.presses("g")
        shell.sees("You are in standup, which goes on")
        shell.sees("● ON AIR")
        shell.presses("Escape")
        shell.sees("Hands 3")
        shell.presses("q")
        shell.sees("2 open rooms")
        shell.misses("ON AIR")
        assert engine_of(shell) == engine
        assert shell.modes == "1 1"
        os.kill(shell.program(), signal.SIGTERM)
        shell.sees("over=130")
        assert shell.modes == "0 0"
        until(lambda: not lives(engine), "the engine's end")


def test_the_mouse_clicks_and_selects_what_is_copied(seated: Terminal) -> None:
    for drawn in ("Decline", "Robin Keller (you)", "3 Hal Abebe", "? Help"):
        seated.sees(drawn)
    seated.clicks("? Help")
    seated.sees("raise or lower your hand")
    seated.presses("Escape")
    seated.misses("raise or lower your hand")
    seated.clicks("Principal engineer")
    seated.sees("▸ Ann Lindqvist")
    seated.drags("Hal Abebe")
    seated.presses("C-c")
    until(lambda: seated.clipboard == "Hal Abebe", "a copy", seen=lambda: seated.clipboard)
    seated.sees("▸ Ann Lindqvist")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["term", "hup"])
def test_a_signal_leaves_the_terminal_as_it_was(seated: Terminal, number: signal.Signals) -> None:
    engine = engine_of(seated)
    os.kill(seated.program(), number)
    seated.sees("over=130")
    assert seated.modes == "0 0"
    until(lambda: not lives(engine), "the engine's end")


def test_suspended_is_muted_and_comes_back(seated: Terminal) -> None:
    engine = engine_of(seated)
    seated.presses("Space")
    seated.sees("● ON AIR")
    seated.presses("C-z")
    seated.sees("Stopped")
    assert seated.modes == "0 0"
    assert lives(engine)
    seated.presses("fg; echo over=$?", "Enter")
    seated.sees("○ MUTED")
    assert "ON AIR" not in seated.screen
    assert seated.modes == "1 1"
    seated.presses("C-c")
    seated.sees("Leave the room?")
    seated.presses("C-c")
    seated.sees("over=130")
    assert seated.modes == "0 0"


@pytest.mark.parametrize(
    ("how", "page"), [("key", "room"), ("signal", "help"), ("unasked", "room")]
)
def test_the_screen_after_a_stop_is_the_one_before(seated: Terminal, how: str, page: str) -> None:
    for drawn in ("c scrolls back", "Robin Keller (you)", "? Help"):
        seated.sees(drawn)
    if page == "help":
        seated.presses("?")
        seated.sees("hide who comes")
    before = unmoved(seated.screen)
    screen = seated.program()
    if how == "key":
        seated.presses("C-z")
    else:
        os.kill(screen, signal.SIGTSTP if how == "signal" else signal.SIGSTOP)
    seated.sees("Stopped")
    seated.presses("fg; echo over=$?", "Enter")
    until(
        lambda: unmoved(seated.screen) == before,
        f"the screen that was:\n{before}\n",
        seen=lambda: unmoved(seated.screen),
    )
    seated.presses("Escape")
    seated.misses("hide who comes")
    seated.presses("C-c")
    seated.sees("Leave the room?")
    seated.presses("C-c")
    seated.sees("over=130")
    assert seated.modes == "0 0"


def unmoved(screen: str) -> str:
    """Return a screen's text without what moves by itself: levels, who speaks, seconds."""
    moving = re.compile(r"[━─]|\d+ (s|min)\b|\d+:\d\d|● speaking|microphone open")
    return "\n".join(" ".join(moving.sub("", line).split()) for line in screen.splitlines())


def test_bytes_that_are_no_text_leave_the_room_as_it_was(seated: Terminal) -> None:
    for junk in (b"\xe9", b"\x1b[M\xe9\xff\xb1", b"\xed\xa0\x80\xff\xfe", b"\x1b[1114112u"):
        seated.pastes(junk)
        seated.pastes(junk + b"t")
        seated.sees("Esc")
        seated.pastes(b"h\xc3")
        seated.pastes(b"\xa9\xe9llo\r")
        seated.sees("héllo")
        seated.presses("Escape")
        seated.sees("space Unmute")


def test_the_line_for_friends_is_printed_in_one_piece(journey: Journey) -> None:
    line = "roomcli join 'wss://rooms.example:7420/r/standup#invite=sesame'"
    with terminal("print", journey.environment("robin")) as shell:
        shell.types("tests.support.fake_engine", "--you", "host", "--events", "0", "--share")
        shell.sees("p prints it")
        shell.presses("p")
        shell.sees(f"\n{line}\n")
        assert shell.modes == "0 0"
        for leave in ("Enter", "C-c"):
            shell.presses(leave)
            shell.sees("p prints it")
            assert shell.modes == "1 1"
            shell.presses("p")
            shell.sees(f"\n{line}\n")
        shell.presses("C-z")  # nothing is drawn: it stops at once
        shell.sees("Stopped")
        shell.presses("fg; echo over=$?", "Enter")
        shell.presses("Enter")
        shell.sees("p prints it")
        os.kill(shell.program(), signal.SIGTERM)
        shell.sees("over=130")
        assert shell.modes == "0 0"


@pytest.mark.parametrize("how", ["kill", "close"])
def test_no_engine_outlives_its_screen(seated: Terminal, how: str) -> None:
    screen, engine = seated.program(), engine_of(seated)
    if how == "kill":
        os.kill(screen, signal.SIGKILL)
    else:
        seated.close()
    until(lambda: not lives(engine), "the engine's end")
    until(lambda: not lives(screen), "the screen's end")


def test_an_engine_that_dies_comes_back(seated: Terminal) -> None:
    engine = engine_of(seated)
    seated.presses("Space")
    seated.sees("● ON AIR")
    os.kill(engine, signal.SIGKILL)
    seated.misses("● ON AIR")
    seated.sees("Back in standup, muted")
    assert engine_of(seated) != engine


def test_a_screen_that_stands_still_is_muted(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    room = f"{url}/r/standup"
    host = journey.participant("host", "host", room)
    host.joined()
    with terminal("still", journey.environment("robin")) as shell:
        shell.types(
            *("roomcli", "join", room, "--name", "Robin", "--mic", "tone:440"),
            *("--speaker", "none"),
        )
        shell.sees("LISTENING")
        shell.presses("h")
        robin = host.wait_for("hand_raised")["id"]
        host.say("accept_hand", id=robin)
        shell.sees("○ MUTED")
        shell.presses("Space")
        shell.sees("● ON AIR")
        host.wait_for("unmuted", when=lambda event: bool(event["id"] == robin))
        screen = shell.program()
        (engine,) = children(screen)
        opened = time.monotonic()
        # Longer than a lease lasts without renewal: a screen that draws renews it.
        until(lambda: time.monotonic() > opened + LEASE + 0.5, "the time of a lease")
        assert "● ON AIR" in shell.screen
        os.kill(screen, signal.SIGSTOP)
        host.wait_for("muted", when=lambda event: bool(event["id"] == robin))
        shell.presses("fg", "Enter")
        shell.sees("the screen stood still")
        assert "ON AIR" not in shell.screen
        os.kill(screen, signal.SIGKILL)
        until(lambda: not lives(engine), "the engine's end")
        host.wait_for("participant_left", when=lambda event: bool(event["id"] == robin))


def test_from_host_and_join_to_leave(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls")
    room, silent = f"{url}/r/standup", ("--mic", "tone:440", "--speaker", "none")
    with (
        terminal("host", journey.environment("hana"), (100, 30)) as host,
        terminal("join", journey.environment("jan")) as guest,
    ):
        host.types("roomcli", "host", room, "--name", "Hana", *silent)
        host.sees("Invite")
        host.presses("Enter")
        host.sees("○ MUTED")
        guest.types("roomcli", "join", room, "--name", "Jan", *silent)
        guest.sees("LISTENING")
        guest.presses("h")
        guest.sees("place 1 of 1")
        host.sees("Hands 1")
        host.presses("a")
        guest.sees("○ MUTED")
        assert "ON AIR" not in guest.screen
        guest.presses("Space")
        guest.sees("● ON AIR")
        host.sees("● speaking")
        guest.presses("Space")
        guest.sees("○ MUTED")
        host.misses("● speaking")
        guest.presses("q")
        guest.sees("over=0")
        host.sees("Jan left")
        host.presses("q")
        host.sees("over=0")
        assert (host.modes, guest.modes) == ("0 0", "0 0")
