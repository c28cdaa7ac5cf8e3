"""How a connection to a server ends: for good, or so that it makes sense to come back."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConnectionLost


@dataclass(frozen=True)
class Ending:
    """Why the link ended for good."""

    code: str
    text: str
    refused: bool = False


@dataclass(frozen=True)
class ComeBack:
    """Why it makes sense to come back with a new connection, after so many seconds at least.

    With ``elsewhere`` other servers of the cluster are tried first.
    """

    text: str
    after: float = 0.0
    elsewhere: bool = False


ASKED_BACK = "the server asks to come back"


def come_back(text: str, after: float | None) -> ComeBack:
    """Return when to come back; raises ConnectionLost if the server does not say when."""
    if not after:
        raise ConnectionLost(text)
    return ComeBack(text, after)
