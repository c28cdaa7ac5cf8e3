"""Writes files that only their owner can read, as a whole or not at all.

Only the standard library is used, since both the server and the command line write files so.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NO_LINKS: Final = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""The errors of file systems that cannot give a file a second name."""


def replace_private(path: Path, content: bytes) -> None:
    """Write ``content`` to the file at ``path``, in place of its old content.

    A process that reads the file meanwhile gets the old content or the new one. Raises OSError, and
    then the old content stays.
    """
    with _written_beside(path, content, lasting=False) as unfinished:
        os.replace(unfinished, path)


def create_private(path: Path, content: bytes) -> None:
    """Create the file at ``path``; once this returns, the file outlives a power cut.

    Raises FileExistsError if the file exists (of two processes at once, in the second one), and
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
    with contextlib.suppress(OSError):  # not every file system can sync a folder
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes, *, lasting: bool) -> Iterator[Path]:
    """Write the content to a file in the same folder, and remove that file at the end.

    With ``lasting``, the content is on the disk before the file is used.
    """
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
