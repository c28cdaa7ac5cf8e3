"""The claim on the microphone: when one engine unmutes, the user's other engines mute.

The engine that opens the microphone writes a token of its own into a file of the user's. The engine
that had the microphone before sees the new token within a tenth of a second, and mutes.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from ..files import replace_private


class MicrophoneClaim:
    """This engine's claim on the microphone, in the file ``path`` of the runtime folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = secrets.token_hex(8)
        self._written = False

    def claim(self) -> None:
        """Claim the microphone for this engine."""
        try:
            replace_private(self._path, self._token.encode())
            self._written = True
        except OSError:
            self._written = False

    def is_held(self) -> bool:
        """Whether no other engine has claimed the microphone since.

        Always true without a usable file, since then no engine can claim.
        """
        if not self._written:
            return True
        try:
            return self._path.read_bytes() == self._token.encode()
        except OSError:
            return True


def is_real(mic: str | None) -> bool:
    """Whether ``mic`` names a microphone that another engine may want too."""
    return (mic or "") != "none" and not (mic or "").startswith(("file:", "fd:", "tone:"))
