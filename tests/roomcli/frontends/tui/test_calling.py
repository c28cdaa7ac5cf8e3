"""Tests of how a user is called, on a real terminal and by their settings."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from roomcli.frontends.model.attention import MOST_CALLS
from roomcli.frontends.model.call_settings import CallSettings
from roomcli.frontends.tui.calling import Calling
from roomcli.frontends.tui.program import Program
from roomcli.frontends.tui.window_title import PUT_BACK_TITLE, room_title, title_code

from ....support.kitty import kitty
from ....support.processes import Journey
from ....support.terminal import until


class Bell:
    """Keeps what a program would do to call its user."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def bell(self) -> None:
        """Ring."""
        self.did.append("bell")

    def show_on_desktop(self, text: str) -> None:
        """Keep what the desktop would show."""
        self.did.append(f"desktop {text}")

    def show_title(self, title: str) -> None:
        """Keep the title."""
        self.did.append(f"title {title}")


@pytest.mark.parametrize(
    ("settings", "does"),
    [
        (CallSettings(), ["bell", "desktop Soon", "title roomcli: club"]),
        (CallSettings(call_by_bell=False), ["desktop Soon", "title roomcli: club"]),
        (CallSettings(call_by_desktop=False), ["bell", "title roomcli: club"]),
        (CallSettings(unread_in_title=False), ["bell", "desktop Soon"]),
    ],
)
def test_each_way_can_be_switched_off(settings: CallSettings, does: list[str]) -> None:
    bell = Bell()
    calling = Calling(cast("Program[Any]", bell), settings)
    calling.call("mention", "Soon")
    calling.show_title("club")
    assert bell.did == does


def test_a_title_says_what_is_unread_and_ends_where_it_should() -> None:
    assert room_title("club", 3) == "(3) roomcli: club"
    assert room_title("", 0) == "roomcli"
    written = title_code("club\x1b]52;c;aGk=\x07\x9c" + "x" * 500)
    assert (written.count("\x1b"), written.count("\x07"), len(written)) == (1, 1, 85)


def test_who_looks_away_is_called_and_finds_the_count_in_the_title(journey: Journey) -> None:
    words = ("tests.support.fake_engine", "--you", "listener", "--events", "0")
    environment = journey.environment("robin")
    with kitty(*words, "--mention", "@Robin, look", environment=environment) as shell:
        shell.writes("Ann Lindqvist")
        shell.focus(False)
        shell.writes("\x1b]2;(8) roomcli: standup\x07")
        told = re.findall(r"\x1b]9;([^\x07]*)\x07", shell.news)
        assert told == ["roomcli: Ann Lindqvist (host): @Robin, look"] * MOST_CALLS
        shell.attend()
        shell.focus(True)
        shell.writes("\x1b]2;roomcli: standup\x07")
        shell.press("q")
        until(lambda: shell.process.poll() is not None, "the end")
        shell.writes(PUT_BACK_TITLE)
        assert shell.news.count(PUT_BACK_TITLE) == 1
