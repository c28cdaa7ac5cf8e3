"""Tests of the line that is typed in a terminal, by the bytes that are drawn."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import AbstractContextManager

import pytest

from ....support.pseudo_terminal import PseudoTerminal, pseudo_terminal

PROGRAM = """
import asyncio, itertools, signal, sys
from roomcli.frontends.plain.output import Output
from roomcli.frontends.plain.typed_lines import typed_lines

def complete(begun):
    return [each for each in ("/ban Ann Lee ", "/ban Anna ", "/who") if each.startswith(begun)]

async def main():
    output, numbers = Output(), itertools.count(1)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: output.say(f"News {next(numbers)}"))
    for room in ("one", "two"):
        over = asyncio.Event()
        obey = lambda line: over.set() if line == "/leave" else output.say(f"Obeyed <{line}>")
        async with typed_lines(output, obey, over.set, complete):
            output.say(f"Room {room}: \\u2026 \\N{CLAPPING HANDS SIGN}")
            await over.wait()
    output.say("Over")

asyncio.run(main())
"""
READY = "\x1b[?2004h"
"""With this a terminal is told that a line is typed from now on."""
SCRIPTED = [sys.executable, "-m", "tests.support.fake_engine", "--plain", "--you", "speaker"]


def typing(**environment: str) -> AbstractContextManager[PseudoTerminal]:
    """Run the program in a terminal."""
    return pseudo_terminal([sys.executable, "-c", PROGRAM], **environment)


def tell(terminal: PseudoTerminal) -> None:
    """Let the program say its next news."""
    os.kill(terminal.process.pid, signal.SIGUSR1)


def test_a_line_half_typed_survives_news_and_old_lines_are_never_drawn_again() -> None:
    with typing() as you:
        you.sees(READY)
        you.sees("hallo", you.types("hallo"))
        you.types("\x1b[D\x1b[D\x1b[D\x1b[D\x7f")  # back, and the first letter is taken away
        for number in (1, 2, 3):
            tell(you)
            after = you.sees(f"News {number}\r\n")
            you.sees("allo", after)  # the line is put again, below
        you.types("he\x1b[Fw\r")
        you.sees("Obeyed <heallow>")
        for once in ("Room one", "News 1", "News 2", "News 3", "Obeyed"):
            assert you.stream.count(once) == 1
        # Nothing moves up to what was said before, clears the screen, or scrolls it.
        moves = set(re.findall(r"\x1b\[[0-9;?]*([A-Za-z])", you.stream))
        assert moves <= set("hlmJKCD")
        assert not re.search(r"\x1b\[[123]J", you.stream)


def test_a_line_that_takes_two_rows_is_taken_away_whole() -> None:
    with typing() as you:
        you.sees(READY)
        typed = you.types("x" * 99 + "y")
        drawn = you.sees("?25h", you.sees("y", typed))
        tell(you)
        said = you.sees("News 1", drawn)
        taken_away = you.stream[drawn:said]
        assert re.findall(r"\x1b\[(\d*)A", taken_away) == [""]  # one row up
        assert "\x1b[J" in taken_away


@pytest.mark.parametrize("term", ["xterm-256color", "screen", "linux"])
def test_history_and_completion(term: str) -> None:
    with typing(TERM=term) as you:
        you.sees(READY)
        you.types("one\r")
        you.sees("Obeyed <one>")
        you.types("\x1b[A more\r")
        you.sees("Obeyed <one more>")
        you.types("/b\t")
        you.sees("/ban Ann", you.types("\t"))
        you.sees("Ann Lee, Anna\r\n")
        you.types("a\t\r")
        you.sees("Obeyed </ban Anna >")


def test_what_was_typed_at_home_or_in_the_room_before_is_in_the_history_too() -> None:
    with typing() as you:
        you.sees(READY)
        you.types("hello\r")
        you.sees("Obeyed <hello>")
        you.types("/leave\r")
        you.sees(READY, you.sees("Room two"))
        you.types("\x1b[A\x1b[A again\r")
        you.sees("Obeyed <hello again>")


def test_lines_that_are_pasted_are_obeyed_one_by_one_after_enter() -> None:
    with typing() as you:
        you.sees(READY)
        you.types("\x1b[200~one\ntwo\x1b[201~")
        you.sees("two")
        assert "Obeyed" not in you.stream
        you.types("\r")
        you.sees("Obeyed <two>", you.sees("Obeyed <one>"))


def test_the_end_of_the_input_gives_the_terminal_back() -> None:
    with typing() as you:
        you.sees(READY)
        assert not you.is_as_before
        you.types("/leave\r")
        you.sees(READY, you.sees("Room two"))
        you.types("\x04")
        assert you.ends() == 0
        assert you.is_as_before
        assert "Over" in you.stream


def test_a_terminal_that_cannot_move_its_cursor_gets_lines_alone() -> None:
    with typing(TERM="dumb") as you:
        you.sees("Room one")
        you.types("hello\n")
        you.sees("Obeyed <hello>")
        assert "\x1b" not in you.stream
        assert you.is_as_before


@pytest.mark.parametrize(
    ("locale", "said"), [("C", "... (clapping hands sign)"), ("C.UTF-8", "… 👏")]
)
def test_a_locale_that_has_ascii_alone_gets_words(locale: str, said: str) -> None:
    with typing(LC_ALL=locale) as you:
        you.sees(f"Room one: {said}\r\n")


@pytest.mark.parametrize("way", ["key", "signal"])
def test_a_room_that_is_interrupted_gives_the_terminal_back(way: str) -> None:
    with pseudo_terminal(SCRIPTED) as you:
        you.sees("/help lists")
        you.sees(READY)  # before that, keys go to nobody: the terminal has no program of its own
        you.sees("half a line", you.types("half a line"))
        if way == "key":
            you.types("\x03")
        else:
            you.process.send_signal(signal.SIGTERM)
        assert you.ends() == 130
        assert you.is_as_before
