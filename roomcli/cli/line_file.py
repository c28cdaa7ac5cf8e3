"""A file of the person's with a line for each thing that it keeps; only its owner can read it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import ConfigError
from ..files import replace_private

MAX_BYTES = 256 * 1024


class LineFile:
    """The lines in the file at ``path``; ``what`` says to a person what they are."""

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._what = what

    def lines(self) -> list[str]:
        """Return them, none if there is no file. Raises ConfigError."""
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._of_no_use(error) from None

    def write_lines(self, lines: Iterable[str]) -> None:
        """Write these in place of the old ones. Raises ConfigError, and the old ones stay."""
        told = "".join(f"{each}{os.linesep}" for each in lines)
        try:
            replace_private(self.path, told.encode())
        except OSError as error:
            raise self._of_no_use(error) from None

    def _of_no_use(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"{self._what}, in {self.path}, cannot be read and written: "
            f"{error.strerror}; mend the file, or remove it"
        )
