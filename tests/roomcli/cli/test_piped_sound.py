"""Tests of ``--mic -``: where keys come from then, and what is refused."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from roomcli.cli.piped_sound import check_open, take_standard_input
from roomcli.errors import AudioError, UsageError

from ...support.patience import PATIENCE

TAKE = (
    "import os, sys; from roomcli.cli.piped_sound import take_standard_input\n"
    "spec = take_standard_input(for_commands=False)\n"
    "print(spec[:3], os.read(int(spec[3:]), 99), os.isatty(0))"
)


def taken(*, terminal: bool, piped: bool = True) -> subprocess.CompletedProcess[str]:
    """Take standard input in a process that has a terminal to itself, or none."""
    ours, theirs = pty.openpty()

    def claim_terminal() -> None:
        os.close(os.open(os.ttyname(theirs), os.O_RDWR))  # the first that a session opens

    try:
        return subprocess.run(
            [sys.executable, "-c", TAKE],
            input="sound" if piped else None,
            stdin=None if piped else theirs,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            start_new_session=True,
            preexec_fn=claim_terminal if terminal else None,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_what_is_piped_in_is_sound_and_keys_come_from_the_terminal() -> None:
    assert taken(terminal=True).stdout == "fd: b'sound' True\n"


def test_without_a_terminal_or_with_one_piped_in_it_is_refused_in_words() -> None:
    assert "leaves no terminal to read commands from" in taken(terminal=False).stderr
    assert "what is piped in, and nothing is" in taken(terminal=True, piped=False).stderr


def test_commands_and_sound_are_not_both_read_from_standard_input() -> None:
    with pytest.raises(UsageError, match="fd:3"):
        take_standard_input(for_commands=True)


def test_a_number_under_which_nothing_is_open_is_refused() -> None:
    with pytest.raises(AudioError, match="nothing is open"):
        check_open(99_999)
