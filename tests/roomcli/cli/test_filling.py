"""Tests of commands that are filled with what was typed after a program's name."""

from __future__ import annotations

import pytest

from roomcli.cli.filling import filled_command
from roomcli.errors import UsageError
from roomcli.protocol import commands as c


def test_a_command_takes_its_own_fields_of_those_that_were_given() -> None:
    given = {"community": "c0ffee00c0ffee00", "room": "hive", "server": "wss://h", "reason": None}
    assert filled_command(c.AddCommunityRoom, given) == c.AddCommunityRoom(
        community="c0ffee00c0ffee00", room="hive"
    )


@pytest.mark.parametrize(
    ("links", "told"),
    [
        (["https://h", "\udcff"], "'\\udcff' is not UTF-8"),
        (["x"] * 50, "links can have "),
    ],
)
def test_what_does_not_fit_is_one_line_that_says_why(links: list[str], told: str) -> None:
    with pytest.raises(UsageError) as refused:
        filled_command(c.ChangeProfile, {"links": links})
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
