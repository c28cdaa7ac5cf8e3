"""Tests of what is written to a terminal for a notification of the desktop."""

from __future__ import annotations

import pytest

from roomcli.frontends.tui.desktop_news import desktop_news


@pytest.mark.parametrize(
    ("environment", "written"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;roomcli: Soon\x07"),
        ({"TERM": "xterm", "VTE_VERSION": "7200"}, "\x1b]777;notify;roomcli;Soon\x07"),
        ({"TERM": "rxvt-unicode"}, "\x1b]777;notify;roomcli;Soon\x07"),
        ({"TERM": "screen", "TMUX": "/tmp/x"}, "\x1bPtmux;\x1b\x1b]9;roomcli: Soon\x07\x1b\\"),
        ({"TERM": "linux"}, ""),
        ({}, ""),
    ],
)
def test_each_terminal_gets_the_one_form_that_it_knows(
    environment: dict[str, str], written: str
) -> None:
    assert desktop_news("Soon", environment) == written


def test_a_title_cannot_end_the_sequence_or_begin_another() -> None:
    written = desktop_news("4;1;50\x07\x1b]52;c;aGk=\x07", {"TERM": "xterm"})
    assert (written.count("\x1b"), written.count("\x07")) == (1, 1)
    assert written.startswith("\x1b]9;roomcli: 4")
