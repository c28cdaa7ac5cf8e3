"""Tests of private files: nobody else can read them, and none is half written."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roomcli.files import create_private, replace_private

WRITERS: list[Callable[[Path, bytes], None]] = [replace_private, create_private]
# A file may not grow beyond 100 bytes: as on a full disk, the rest cannot be written.
ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from roomcli.files import create_private, replace_private
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
for write in (create_private, replace_private):
    try:
        write(Path(sys.argv[1]) / write.__name__, bytes(1000))
    except OSError as error:
        print(error.errno)
"""


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    """Let everybody read new files unless the code says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_written_is_its_owners_alone_and_nothing_lies_beside_it(
    write: Callable[[Path, bytes], None], tmp_path: Path
) -> None:
    write(tmp_path / "key.pem", b"secret")
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]
    assert (tmp_path / "key.pem").read_bytes() == b"secret"
    assert mode(tmp_path / "key.pem") == 0o600


def test_a_file_is_replaced_whatever_it_was(tmp_path: Path) -> None:
    (tmp_path / "open").write_text("for everybody")
    (tmp_path / "other").write_text("somebody else's")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    for name in ("open", "link"):
        replace_private(tmp_path / name, b"mine")
        assert (tmp_path / name).read_bytes() == b"mine"
        assert mode(tmp_path / name) == 0o600
    assert (tmp_path / "other").read_text() == "somebody else's"


def test_what_is_there_is_never_created_anew(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("the first")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("key.pem", "link"):
        with pytest.raises(FileExistsError):
            create_private(tmp_path / name, b"the second")
    assert (tmp_path / "key.pem").read_text() == "the first"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.pem", "link"]


def test_of_several_at_once_one_creates_it_whole(tmp_path: Path) -> None:
    contents = [bytes([65 + number]) * 100_000 for number in range(8)]
    together, refused = threading.Barrier(len(contents)), []

    def create(content: bytes) -> None:
        together.wait()
        try:
            create_private(tmp_path / "key.pem", content)
        except FileExistsError:
            refused.append(content)

    threads = [threading.Thread(target=create, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (left,) = [content for content in contents if content not in refused]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [left]


def test_a_full_disk_costs_nothing_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "replace_private").write_text("my settings")
    run = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, tmp_path], capture_output=True, text=True
    )
    assert run.stdout.split() == [str(errno.EFBIG)] * 2, run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["replace_private"]
    assert (tmp_path / "replace_private").read_text() == "my settings"


def test_what_is_created_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, link = os.fsync, os.link

    def note_sync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        done.append(f"{kind} of {os.fstat(descriptor).st_size}" if kind == "file" else kind)
        sync(descriptor)

    def note_link(source: Path, target: Path) -> None:
        done.append("name")
        link(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "link", note_link)
    create_private(tmp_path / "key.pem", b"secret")
    assert done == ["file of 6", "name", "folder"]


def test_a_file_system_that_has_one_name_a_file_takes_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    create_private(tmp_path / "key.pem", b"the first")
    with pytest.raises(FileExistsError):
        create_private(tmp_path / "key.pem", b"the second")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the first"]
