"""Tests of reading a file that the admin may write."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from roomcli.errors import ConfigError
from server.admin_file import read_admin_file


def number_in(path: Path, content: bytes) -> int:
    """Read a file that says which number is meant."""
    number: int = msgspec.toml.decode(content)["number"]
    if number < 0:
        raise ConfigError("number is below 0")
    return number


def test_the_one_that_was_chosen_counts_or_else_the_usual_one(tmp_path: Path) -> None:
    usual, chosen = tmp_path / "usual.toml", tmp_path / "chosen.toml"
    assert read_admin_file(usual, None, "--numbers", number_in) is None
    usual.write_text("number = 1")
    with pytest.raises(ConfigError, match=rf"there is no {chosen}, which --numbers names"):
        read_admin_file(usual, chosen, "--numbers", number_in)
    chosen.write_text("number = 2")
    assert read_admin_file(usual, None, "--numbers", number_in) == 1
    assert read_admin_file(usual, chosen, "--numbers", number_in) == 2


@pytest.mark.parametrize("content", [b"number = -1", b"number =", b"number = '\xff'"])
def test_what_is_wrong_in_it_is_told_with_its_place(tmp_path: Path, content: bytes) -> None:
    usual = tmp_path / "usual.toml"
    usual.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        read_admin_file(usual, None, "--numbers", number_in)
    assert str(error.value).startswith(f"{usual}: ")
    usual.unlink()
    usual.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_admin_file(usual, None, "--numbers", number_in)
