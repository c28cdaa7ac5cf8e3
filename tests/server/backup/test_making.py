"""Tests of what is put into a backup, and what a failed one leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.errors import ConfigError, StoreError
from server.backup.archive import read_contents
from server.backup.making import make_backup
from server.store.sqlite.schema import DATABASE, open_database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with all kinds of files in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    open_database(folder / DATABASE).close()
    for name in (
        "invite-secret",
        "claims.toml",
        ".host-invite.1-a",
        f"{DATABASE}.version-2",
        "claims.toml.before-restore-2026",
        "a name with spaces",
    ):
        (folder / name).write_text(name)
    (folder / "certificate.pem").symlink_to("/etc/letsencrypt/live/rooms/all.pem")
    (folder / "a folder").mkdir()
    return folder


def test_all_that_is_kept_goes_in_and_the_rest_is_told(data: Path) -> None:
    backup = data.parent / "backup.tar"
    made = make_backup(data, backup, 5.0)
    names = [each.name for each in made.contents.files]
    assert names == [DATABASE, "claims.toml", "invite-secret"]
    assert made.left_out == [
        "a name with spaces, whose name has unusual characters",
        "certificate.pem, which leads to /etc/letsencrypt/live/rooms/all.pem",
    ]
    assert read_contents(backup) == made.contents
    assert backup.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in data.parent.iterdir()} == {"data", "backup.tar"}


def test_a_backup_is_replaced_by_the_next_and_nothing_else_is(data: Path) -> None:
    backup = data.parent / "backup.tar"
    make_backup(data, backup, 5.0)
    make_backup(data, backup, 6.0)
    assert read_contents(backup).made_at == 6.0
    backup.write_text("a diary")
    with pytest.raises(ConfigError, match="no backup"):
        make_backup(data, backup, 7.0)
    assert backup.read_text() == "a diary"


def test_a_damaged_database_leaves_the_backup_before_it(data: Path) -> None:
    backup = data.parent / "backup.tar"
    make_backup(data, backup, 5.0)
    (data / DATABASE).write_bytes(b"SQLite format 3\x00" + bytes(5000))
    with pytest.raises(StoreError, match=f"no backup of {data} was made"):
        make_backup(data, backup, 6.0)
    assert read_contents(backup).made_at == 5.0
    assert {each.name for each in data.parent.iterdir()} == {"data", "backup.tar"}


def test_a_backup_is_not_put_beside_what_it_is_of(data: Path) -> None:
    with pytest.raises(ConfigError, match="in the data folder"):
        make_backup(data, data / "backup.tar", 5.0)


def test_where_no_server_was_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no server has kept anything"):
        make_backup(tmp_path / "data", tmp_path / "backup.tar", 5.0)
    assert not list(tmp_path.iterdir())
