"""What a person is told once: other servers that share the store tell it too."""

from __future__ import annotations

from typing import Protocol


class PersonalNews(Protocol):
    """Carries what people are told to the other servers, where they may be connected."""

    def carry(self, person: str, message: bytes) -> None:
        """Let the others tell a person this, once the transaction that is open is kept.

        Nobody keeps it: a server that does not hear the others at that moment never tells it.
        """
