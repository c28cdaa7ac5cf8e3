"""Tests of one room on terminals of many kinds and sizes: it opens, serves, and leaves no trace."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ..support.processes import Journey
from ..support.terminal import Terminal, needs_tmux, terminal, until

pytestmark = needs_tmux

SIZES = ((80, 24), (40, 12), (200, 50), (300, 60))
COLOUR = re.compile(r"\x1b\[[0-9;:]*?(?:[34]8[;:][25]|[34][0-7]|9[0-7]|10[0-7])[0-9;:]*m")
MANY_COLOURS = re.compile(r"\x1b\[[0-9;:]*[34]8[;:][25][0-9;:]*m")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Journey, str]]:
    """Return a journey and the address of a room in which a host is."""
    journey = Journey(tmp_path_factory.mktemp("terminals"))
    try:
        url, _ = journey.serve("--no-tls")
        room = f"{url}/r/standup"
        journey.participant("Hanna", "host", room).joined()
        yield journey, room
    finally:
        journey.close()


def visit(shell: Terminal, room: str, columns: int, said: str) -> str:
    """Enter the room, write, open a page and close it; return the screen with its colours.

    Then leave.
    """
    shell.types("roomcli", "join", room, "--name", "Robin", "--mic", "none", "--speaker", "none")
    shell.sees("LISTENING")
    shell.sees("Hanna")
    shell.presses("t")
    shell.sees("Esc")
    shell.types_text(said)
    shell.presses("Enter")
    shell.sees(f"(you)  {said}")
    shell.presses("Escape")
    shell.misses("Enter sends")  # what follows an escape at once belongs to it
    shell.presses("?")
    shell.sees("Keys")
    shell.presses("Escape")
    shell.misses("Keys")
    seen = shell.look
    assert "\N{REPLACEMENT CHARACTER}" not in seen
    assert {len(line) for line in shell.whole_lines} <= {columns}
    shell.presses("q")
    shell.sees("over=0")
    assert shell.modes == "0 0"
    return seen


@pytest.mark.parametrize("size", SIZES)
def test_every_size(house: tuple[Journey, str], size: tuple[int, int]) -> None:
    journey, room = house
    with terminal("size", journey.environment("robin"), size) as shell:
        visit(shell, room, size[0], f"{size[0]} columns")


def test_nothing_is_left_of_another_size(house: tuple[Journey, str]) -> None:
    journey, room = house
    size_once_had = {"COLUMNS": "80", "LINES": "24"}
    with terminal("resized", journey.environment("robin") | size_once_had) as shell:
        shell.types("roomcli", "join", room, "--name", "Robin", "--mic", "none")
        shell.sees("Hanna")
        for columns, rows in (*SIZES[1:], SIZES[0]):
            shell.resizes(columns, rows)
            until(
                lambda columns=columns, rows=rows: is_drawn(shell, columns, rows),  # type: ignore[misc]
                f"a screen of {columns} by {rows}",
                seen=lambda: shell.screen,
            )
        shell.presses("q")
        shell.sees("over=0")


def is_drawn(shell: Terminal, columns: int, rows: int) -> bool:
    """Whether the screen has all its parts, each once and in its place, and nothing else."""
    lines = shell.whole_lines
    text = "\n".join(lines)
    return (
        {len(line) for line in lines} == {columns}
        and len(lines) == rows
        and "standup" in "".join(lines[:3])
        and "LISTENING" in "".join(lines[-4:])
        and "Leave" in "".join(lines[-2:])
        and all(text.count(each) == 1 for each in ("LISTENING", " Stage ", " Talk ", " Leave"))
    )


@pytest.mark.parametrize(
    ("variables", "allowed"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "any"),
        ({"TERM": "screen"}, "few"),
        ({"TERM": "linux"}, "few"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
    ],
    ids=["xterm", "screen", "linux", "no-colour"],
)
def test_no_colour_that_the_terminal_lacks(
    house: tuple[Journey, str], variables: dict[str, str], allowed: str
) -> None:
    journey, room = house
    with terminal("kind", journey.environment("robin"), variables=variables) as shell:
        seen = visit(shell, room, 80, " ".join(variables.values()))
    assert bool(COLOUR.search(seen)) == (allowed != "none")
    assert bool(MANY_COLOURS.search(seen)) == (allowed == "any")


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"LC_ALL": "C"}], ids=["dumb", "ascii"])
def test_a_terminal_that_cannot_show_the_screen_has_lines(
    house: tuple[Journey, str], variables: dict[str, str]
) -> None:
    journey, room = house
    with terminal("lines", journey.environment("robin"), variables=variables) as shell:
        shell.types("roomcli", "join", room, "--name", "Robin", "--mic", "none")
        shell.sees("You are in standup")
        assert shell.modes == "0 0"
        assert ("LC_ALL=C.UTF-8 brings the screen" in joined(shell)) == ("LC_ALL" in variables)
        shell.types_text("good evening")
        shell.presses("Enter")
        shell.sees("You: good evening")
        shell.types_text("/leave")
        shell.presses("Enter")
        shell.sees("over=0")


def joined(shell: Terminal) -> str:
    """Return the screen's text with its lines joined, where the terminal broke them."""
    return "".join(shell.whole_lines)
