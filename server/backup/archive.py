"""The file of a backup: a tar archive that begins with a list of what is in it.

The list has the size and the SHA-256 of each file, so that a backup that was cut short or changed
on its way is noticed before anything is restored.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Annotated

import msgspec
from msgspec import Meta, Struct

from roomcli.errors import ConfigError

LIST = "backup.json"
"""The name of the list in the archive; it comes first."""
FORMAT = 1
"""The version of what is written here; a reader refuses others."""
MAX_LIST = 64 * 1024
MAX_FILES = 100
CHUNK = 1024**2
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
"""Names of files in a backup: those of files in one folder, and of none elsewhere."""


class BackedUpFile(Struct, frozen=True, kw_only=True):
    """A file of the data folder."""

    name: str
    size: Annotated[int, Meta(ge=0)]
    sha256: str


class BackupContents(Struct, frozen=True, kw_only=True):
    """What is in a backup; ``made_at`` is in seconds since 1970."""

    format: int = FORMAT
    made_at: float
    files: Annotated[tuple[BackedUpFile, ...], Meta(max_length=MAX_FILES)]

    @property
    def size(self) -> int:
        """The size of all files together, in bytes."""
        return sum(each.size for each in self.files)


def is_plain_name(name: str) -> bool:
    """Whether a file of this name can be in a backup."""
    return _NAME.fullmatch(name) is not None


def described(path: Path, name: str) -> BackedUpFile:
    """Return the entry of a file that goes into a backup under this name. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return BackedUpFile(name=name, size=file.tell(), sha256=digest)


def write_archive(to: IO[bytes], contents: BackupContents, places: dict[str, Path]) -> None:
    """Write a backup; ``places`` says where each of its files is now. Raises OSError."""
    with tarfile.open(fileobj=to, mode="w") as archive:
        listed = msgspec.json.format(msgspec.json.encode(contents)) + b"\n"
        _append_file(archive, LIST, len(listed), contents.made_at, io.BytesIO(listed))
        for each in contents.files:
            with places[each.name].open("rb") as file:
                _append_file(archive, each.name, each.size, contents.made_at, file)


def read_archive(path: Path, place_of: Callable[[str], Path]) -> BackupContents:
    """Write each file of a backup to where ``place_of`` says, and return what was in it.

    Each is its owner's alone. Whoever calls removes what was written if an error is raised.
    Raises ConfigError for what is no whole backup, OSError.
    """
    try:
        with tarfile.open(path, mode="r|") as archive:
            contents = _contents(archive, path)
            for each in contents.files:
                _take_out(archive, each, place_of(each.name), path)
    except (tarfile.TarError, EOFError) as error:
        raise ConfigError(f"{path} is no whole backup: {error}") from None
    return contents


def read_contents(path: Path) -> BackupContents:
    """Return what a backup says that is in it. Raises ConfigError, OSError."""
    try:
        with tarfile.open(path, mode="r|") as archive:
            return _contents(archive, path)
    except (tarfile.TarError, EOFError) as error:
        raise ConfigError(f"{path} is no backup: {error}") from None


def _append_file(
    archive: tarfile.TarFile, name: str, size: int, at: float, content: IO[bytes]
) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(at), 0o600
    archive.addfile(member, content)


def _contents(archive: tarfile.TarFile, path: Path) -> BackupContents:
    first = archive.next()
    listed = archive.extractfile(first) if first is not None and first.name == LIST else None
    if listed is None:
        raise ConfigError(f"{path} is no backup of a roomcli server")
    try:
        contents = msgspec.json.decode(listed.read(MAX_LIST), type=BackupContents)
    except msgspec.DecodeError as error:
        raise ConfigError(f"the list in {path} cannot be read: {error}") from None
    if contents.format != FORMAT:
        raise ConfigError(f"{path} was made by a newer roomcli: restore it with that one")
    names = {each.name for each in contents.files}
    if len(names) < len(contents.files) or not all(map(is_plain_name, names)):
        raise ConfigError(f"the list in {path} names what no backup has")
    return contents


def _take_out(archive: tarfile.TarFile, expected: BackedUpFile, to: Path, path: Path) -> None:
    member = archive.next()
    content = archive.extractfile(member) if member is not None and member.isreg() else None
    if (
        content is None
        or member is None
        or (member.name, member.size)
        != (
            expected.name,
            expected.size,
        )
    ):
        raise ConfigError(f"{path} is no whole backup: {expected.name} is missing in it")
    digest = hashlib.sha256()
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    if digest.hexdigest() != expected.sha256:
        raise ConfigError(f"{path} is damaged: {expected.name} is not what it was")
