"""One microphone, one engine: unmuting in one room mutes the other.

Whoever opens the microphone writes a token of its own into a file of the user's; whoever had it
before sees that within a tenth of a second, and mutes.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from ..files import replace_private


class MicrophoneClaim:
    """This engine's claim on the microphone, in ``path`` of the runtime folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = secrets.token_hex(8)
        self._written = False

    def claim(self) -> None:
        """The microphone is ours from now on."""
        try:
            replace_private(self._path, self._token.encode())
            self._written = True
        except OSError:
            self._written = False

    def is_held(self) -> bool:
        """Whether nobody took it since. Without a usable file nobody can."""
        if not self._written:
            return True
        try:
            return self._path.read_bytes() == self._token.encode()
        except OSError:
            return True


def is_real(mic: str | None) -> bool:
    """Whether it is a microphone that another engine may want."""
    return (mic or "") != "none" and not (mic or "").startswith(("file:", "tone:"))
