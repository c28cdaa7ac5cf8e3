"""Tests of the file in which the admin sets limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.errors import ConfigError
from server.limits import ServerLimits
from server.limits_file import read_limits


def written(folder: Path, text: str) -> Path:
    """Write the file of the data folder."""
    path = folder / "limits.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_limits(tmp_path, None) == ServerLimits()


def test_what_it_sets_holds_and_the_rest_is_the_default(tmp_path: Path) -> None:
    written(
        tmp_path,
        "[room]\npeople = 50\n[disk]\nlog_days = 7\n[connections]\nnew_per_address = [1, 20]\n"
        "[per_person]\nchat = [0.5, 4]\n",
    )
    limits = read_limits(tmp_path, None)
    assert (limits.room.people, limits.room.stage) == (50, 24)
    assert limits.disk.log_days == 7
    assert limits.connections.new_per_address == (1, 20)
    assert limits.rate_of_person("chat") == (0.5, 4)


def test_another_file_may_be_named(tmp_path: Path) -> None:
    written(tmp_path, "[room]\npeople = 50\n")
    other = tmp_path / "other.toml"
    with pytest.raises(ConfigError, match="--limits"):
        read_limits(tmp_path, other)
    other.write_text("[room]\npeople = 60\n")
    assert read_limits(tmp_path, other).room.people == 60


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[room\n", "line 1"),
        ("[rom]\n", "[rom] is no section; there are connections, messages, rooms"),
        ("room = 5\n", "room is a section: write [room]"),
        ("[room]\npeple = 5\n", "room.peple is no limit; [room] has people, stage, hands, seats"),
        ("[room]\npeople = 0\n", "room.people has to be a whole number from 2 to 10,000, not 0"),
        ("[room]\npeople = 2.5\n", "room.people has to be a whole number from 2 to 10,000"),
        ('[room]\npeople = "many"\n', "not 'many'"),
        (
            "[connections]\nidle_seconds = 1\n",
            "connections.idle_seconds has to be a number from 5 to 600, not 1",
        ),
        ("[per_person]\nchat = 5\n", "per_person.chat has to be two numbers: so many a second"),
        ("[per_person]\nchat = [0, 5]\n", "above 0 to 100,000, and at once, from 1 to 1,000,000"),
        ("[per_person]\nchatter = [1, 5]\n", "per_person.chatter is no limit; [per_person] has"),
        ("[shares]\nrooms_per_person = [-1, 5]\n", "has to be two numbers: so many a day, above 0"),
        ("[disk]\nlog_mib = nan\n", "disk.log_mib has to be a number from 1 to 1,048,576"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        read_limits(tmp_path, None)
    assert str(error.value).startswith(f"{path}: ")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "limits.toml"
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_limits(tmp_path, None)
    path.rmdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=str(path)):
        read_limits(tmp_path, None)
