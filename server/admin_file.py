"""Reading of a file that the admin may write: named by an option, or in the data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from roomcli.errors import ConfigError

T = TypeVar("T")


def read_admin_file(
    usual: Path, chosen: Path | None, option: str, read: Callable[[Path, bytes], T]
) -> T | None:
    """Return what ``read`` makes of the file ``chosen`` by an option, or else of the usual one.

    ``read`` is given the file's place and content; it may raise ConfigError and DecodeError.
    Returns None if there is no file and none was chosen. Raises ConfigError, which names the file.
    """
    path = chosen or usual
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if chosen is None:
            return None
        raise ConfigError(f"there is no {path}, which {option} names") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return read(path, content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {str(error)[:200]}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
