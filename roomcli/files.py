"""Writes files that their owner alone can read, whole or not at all.

Only the standard library is used: the server and the command line both write by these.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NO_LINKS: Final = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""How file systems refuse a second name for a file."""


def replace_private(path: Path, content: bytes) -> None:
    """Put ``content`` into the file at ``path``, in place of what was there.

    Whoever reads it meanwhile has the old content or the new one. Raises OSError, and then the old
    content stays.
    """
    with _written_beside(path, content, lasting=False) as unfinished:
        os.replace(unfinished, path)


def create_private(path: Path, content: bytes) -> None:
    """Make the file at ``path``, which outlives a power cut once this returns.

    Raises FileExistsError when there is one (of two who make it at once, for the second), and
    OSError.
    """
    with _written_beside(path, content, lasting=True) as unfinished:
        try:
            os.link(unfinished, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
            os.rename(unfinished, path)
    with contextlib.suppress(OSError):  # not every file system can write down a folder
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes, *, lasting: bool) -> Iterator[Path]:
    """A file in the same folder with this content, on the disk if it is to be ``lasting``; it is
    gone afterwards."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        yield unfinished
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
