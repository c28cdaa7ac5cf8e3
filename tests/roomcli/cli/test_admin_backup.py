"""Tests of ``roomcli admin backup`` and ``restore`` as an admin types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.cli import exits
from roomcli.cli.main import main
from server.store.sqlite.schema import DATABASE, open_database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    open_database(folder / DATABASE).close()
    (folder / "certificate.pem").symlink_to(tmp_path / "all.pem")
    return folder


def test_what_is_in_it_and_what_is_not_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "backup.tar"
    assert main(["admin", "backup", str(backup), "--data", str(data)]) == exits.DONE
    assert capsys.readouterr().out.splitlines() == [
        f"{backup} has {DATABASE} (0.2 MiB)",
        f"left out: certificate.pem, which leads to {tmp_path / 'all.pem'}",
        "who has it can do what your server can, and hear what was reported: keep it safe",
    ]
    assert main(["admin", "restore", str(backup), "--data", str(data)]) == exits.DONE
    first, second, aside, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{data} is as it was at 20")
    assert second == "what was there before is kept as:"
    assert Path(aside.strip()).is_file()
    assert last.startswith("the database of these goes after a week")


def test_what_cannot_be_is_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere" / "backup.tar"
    text = tmp_path / "text"
    text.write_text("no backup")
    for words, code, why in (
        (["backup", str(nowhere), "--data", str(data)], exits.WRONG_USAGE, str(nowhere.parent)),
        (["backup", str(text), "--data", str(data)], exits.WRONG_USAGE, "no backup"),
        (["backup", str(nowhere), "--data", str(tmp_path)], exits.WRONG_USAGE, "--data DIR"),
        (["restore", str(nowhere), "--data", str(data)], exits.WRONG_USAGE, "No such file"),
        (["restore", str(text), "--data", str(data)], exits.WRONG_USAGE, "no whole backup"),
        (["restore", str(text), "--data", str(text)], exits.WRONG_USAGE, "cannot use"),
    ):
        assert main(["admin", *words]) == code
        out, err = capsys.readouterr()
        assert out == ""
        [line] = err.splitlines()
        assert why in line
