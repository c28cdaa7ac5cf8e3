"""What a look at a proof can come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """The key of the person that was found there, and since when the account exists, if told."""

    key: str
    account_since: float | None = None


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
