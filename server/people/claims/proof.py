"""What a look at a proof can come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """The keys of the person that are listed there; there is one at least."""

    keys: frozenset[str]

    def key_among(self, in_force: frozenset[str]) -> str:
        """Return a key that was found, if possible one that is in force."""
        return min(self.keys & in_force or self.keys)


class NotProven(Exception):
    """It is not so: the place answered, and does not say what is claimed.

    ``code`` is stable; the text is ours, for the person.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class NotReached(Exception):
    """It cannot be told: the place did not answer, or not with what can be read."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
