"""A person's own settings as the screens know them: each by its name, as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import RoomcliError


def _nothing_set(name: str) -> str | None:
    return None


def _kept_nowhere(name: str, text: str) -> str:
    return ""


@dataclass(frozen=True)
class OwnSettings:
    """``read`` returns a setting, None if it is not set; ``put`` keeps one for the next start.

    ``put`` returns what to tell of it, mostly nothing. Both raise RoomcliError.
    """

    read: Callable[[str], str | None] = _nothing_set
    put: Callable[[str, str], str] = _kept_nowhere

    def keep_text(self, name: str, text: str) -> str:
        """Keep a setting; return what to tell, also if it cannot be kept."""
        try:
            return self.put(name, text)
        except (RoomcliError, OSError) as error:
            return str(error)
