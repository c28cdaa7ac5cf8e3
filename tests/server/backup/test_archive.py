"""Tests of a backup's file: what was changed or cut short on its way is noticed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from roomcli.errors import ConfigError
from server.backup.archive import (
    LIST,
    BackedUpFile,
    BackupContents,
    described,
    read_archive,
    read_contents,
    write_archive,
)

TEXTS = {"one": b"1" * 5000, "two": b""}


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Return a backup of two files."""
    for name, text in TEXTS.items():
        (tmp_path / name).write_bytes(text)
    places = {name: tmp_path / name for name in TEXTS}
    files = tuple(described(place, name) for name, place in places.items())
    path = tmp_path / "backup.tar"
    with path.open("wb") as written:
        write_archive(written, BackupContents(made_at=1_000.0, files=files), places)
    return path


def unpack(backup: Path) -> dict[str, bytes]:
    """Return what is in a backup, by name."""
    to = backup.parent / "unpacked"
    to.mkdir()
    contents = read_archive(backup, lambda name: to / name)
    assert {each.name for each in contents.files} == {each.name for each in to.iterdir()}
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in to.iterdir())
    return {each.name: each.read_bytes() for each in to.iterdir()}


def test_what_went_in_comes_out(backup: Path) -> None:
    assert unpack(backup) == TEXTS
    contents = read_contents(backup)
    assert (contents.made_at, contents.size) == (1_000.0, 5000)


def test_any_program_that_reads_tar_can_list_it(backup: Path) -> None:
    with tarfile.open(backup) as archive:
        assert archive.getnames() == [LIST, *TEXTS]


def changed(content: bytes) -> bytes:
    return content.replace(b"1" * 5000, b"1" * 4999 + b"2")


def cut_short(content: bytes) -> bytes:
    return content[: content.index(b"1" * 5000) + 3000]


def beheaded(content: bytes) -> bytes:
    return content[content.index(b"one\x00") :]


@pytest.mark.parametrize(
    "spoil", [changed, cut_short, beheaded, lambda content: b"", lambda content: b"text" * 1000]
)
def test_what_was_spoiled_is_no_backup(backup: Path, spoil: Callable[[bytes], bytes]) -> None:
    content = spoil(backup.read_bytes())
    assert content != backup.read_bytes()
    backup.write_bytes(content)
    with pytest.raises(ConfigError, match=str(backup)):
        unpack(backup)


@pytest.mark.parametrize(
    ("names", "format", "why"),
    [
        (["../outside"], 1, "no backup has"),
        (["/etc/passwd"], 1, "no backup has"),
        ([".hidden"], 1, "no backup has"),
        (["one", "one"], 1, "no backup has"),
        (["one"], 2, "newer"),
        (["one"], 1, "one is missing"),
    ],
)
def test_a_list_of_somebody_elses_making_is_refused(
    tmp_path: Path, names: list[str], format: int, why: str
) -> None:
    files = tuple(BackedUpFile(name=name, size=0, sha256="") for name in names)
    listed = msgspec.json.encode(BackupContents(made_at=0.0, files=files, format=format))
    backup = tmp_path / "backup.tar"
    with tarfile.open(backup, "w") as archive:
        member = tarfile.TarInfo(LIST)
        member.size = len(listed)
        archive.addfile(member, io.BytesIO(listed))
        link = tarfile.TarInfo(names[0])
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ConfigError, match=why):
        unpack(backup)
    assert not list((tmp_path / "unpacked").iterdir())
