"""Tests of signs of doubtful width, which shift nothing whatever width a terminal gives them."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from roomcli.frontends.tui.widgets.steady_text import steadied

from .....support.fake_cast import SIGNS
from .....support.processes import Journey
from .....support.terminal import needs_tmux, terminal

AT = "\x1b[5;11H"
"""Escape that moves the cursor to the tenth cell."""
NEIGHBOURS = ("Audience 40", "Ida Berg", "Kai Costa", "Max Diaz")
"""Texts beside the hands, one below the other."""


@pytest.mark.parametrize("plain", ["", "Ann", f"{AT}Ann", f"{AT}漢字 ─ ● Zoë", "\x1b[1mx\x1b[0m\n"])
def test_what_all_terminals_agree_on_is_written_as_it_is(plain: str) -> None:
    assert steadied(plain) == plain


@pytest.mark.parametrize("sign", SIGNS)
def test_after_a_sign_the_cursor_is_put_where_it_was_meant_to_be(sign: str) -> None:
    width = cell_len(sign)
    written = steadied(f"{AT}{sign}{' ' * 20}")
    assert written.startswith(f"{AT}{' '}")
    assert f"\x1b[{10 + width + 1}G{' ' * 20}" in written
    assert sign[0] in written


def test_colours_do_not_lose_the_place() -> None:
    family = SIGNS[0]
    written = steadied(f"{AT}\x1b[1mAnn {family}\x1b[0m\x1b]8;;http://x\x1b\\ and{' ' * 9}")
    assert written == (
        f"{AT}\x1b[1mAnn   \x1b[15G{family}\x1b[17G\x1b[0m\x1b]8;;http://x\x1b\\ and{' ' * 9}"
    )


def test_nothing_spills_over_what_is_not_written_now() -> None:
    family = SIGNS[0]
    assert steadied(f"{AT}{family}{AT}x") == f"{AT}  \x1b[11G{family[0]}\x1b[13G{AT}x"


@needs_tmux
def test_no_row_of_a_real_terminal_is_shifted(journey: Journey) -> None:
    with terminal("signs", journey.environment("robin"), (80, 24)) as shell:
        shell.types("tests.support.fake_engine", "--you", "host", "--events", "0", "--signs")
        shell.sees("Site reliability")
        shell.sees("Noa Kim")
        are_in_line(shell.whole_lines)
        shell.presses("?")  # and back: then all of it is painted at once
        shell.sees("Keys")
        shell.presses("Escape")
        shell.misses("Keys")
        shell.sees("Noa Kim")
        are_in_line(shell.whole_lines)


def are_in_line(lines: list[str]) -> None:
    """Check that text right of the signs begins in the same column as in other rows."""
    edges = {line[::-1].index("▌") for line in lines if line.count("▌") == 2}
    assert len(edges) == 1, lines
    starts = [len(line) - line.index(name) for line in lines for name in NEIGHBOURS if name in line]
    assert len(starts) == len(NEIGHBOURS)
    assert len(set(starts)) == 1, lines
