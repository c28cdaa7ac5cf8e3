"""Tests of which store a server has: in its folder, or where --store says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from roomcli.errors import ConfigError, UsageError
from server.backup.making import make_backup
from server.backup.restoring import restore_backup
from server.limits import ServerLimits
from server.store import Store
from server.store_choice import chosen_store, judge_url

from .. import ROOT
from ..support.postgres import Postgres


async def opened(url: str | None, folder: Path) -> Store:
    """Return the store that is chosen, which is closed already."""
    async with chosen_store(url, folder, lambda code, text: None, ServerLimits()) as store:
        return store


async def test_a_folder_whose_store_is_elsewhere_begins_no_other(
    tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.new_database()
    store = await opened(url, tmp_path)
    assert store.place.startswith("the PostgreSQL database test")
    assert not (tmp_path / "roomcli.sqlite3").exists()
    assert (await opened(url, tmp_path)).place == store.place
    for refused in (
        lambda: make_backup(tmp_path, tmp_path.with_name("backup.tar"), 1.0),
        lambda: restore_backup(tmp_path / "backup.tar", tmp_path, 1.0),
    ):
        with pytest.raises(ConfigError, match=r"PostgreSQL database test.*pg_dump makes backups"):
            refused()
    with pytest.raises(ConfigError, match="give serve --store, or delete"):
        await opened(None, tmp_path)
    (tmp_path / "store-place").unlink()
    assert (await opened(None, tmp_path)).place.endswith("roomcli.sqlite3")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:secret@host/db",
        "postgresql://ann:@host/db",
        "postgresql://ann@host/db?password=secret",
        "postgresql://ann@host/db?sslpassword=secret",
    ],
)
def test_a_password_may_not_be_in_the_url(url: str) -> None:
    with pytest.raises(UsageError, match="PGPASSWORD") as refused:
        judge_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://host/db", "roomcli", "postgresql://[::1/db", ""])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="wants postgresql://"):
        judge_url(url)
    judge_url("postgres:///db")


def test_without_psycopg_it_says_how_to_install_it_and_without_the_option_nobody_asks(
    tmp_path: Path,
) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None; import trio; from pathlib import Path\n"
        "from server.limits import ServerLimits; from server.store_choice import chosen_store\n"
        "async def main(url, folder):\n"
        "    async with chosen_store(url, Path(folder), print, ServerLimits()) as store:\n"
        "        print(store.place)\n"
        "trio.run(main, None, sys.argv[1])\n"
        "trio.run(main, 'postgresql:///nothing', sys.argv[1])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout == f"{tmp_path / 'roomcli.sqlite3'}\n"
    assert "ConfigError: PostgreSQL needs psycopg: pip install 'roomcli[postgres]'" in run.stderr
