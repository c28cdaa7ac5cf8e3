"""Host tokens: what gives the right to open rooms here."""

from __future__ import annotations

from typing import Protocol


class HostTokens(Protocol):
    """The host tokens that are valid; only their hashes are known."""

    def is_valid(self, token_hash: str, now: float) -> bool:
        """Whether the token gives the right to open rooms."""

    def has_any(self, now: float) -> bool:
        """Whether there is any token that gives this right."""

    def save(self, token_hash: str, expires_at: float) -> None:
        """Save a token beside earlier ones."""

    def revoke_all(self) -> None:
        """Delete all tokens."""

    def forget_old(self, now: float) -> None:
        """Delete the tokens that have expired."""
