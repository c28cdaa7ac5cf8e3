"""Where people come from, as a mark that tells one network from another and not which it is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable

_BYTES = 8


class Origins:
    """Marks of networks, by which parts are shared out; ``networks_of`` says where somebody is.

    A mark may be kept with what somebody made. The key to it is gone with the process: afterwards
    marks still tell old networks apart, and nobody can find out which they were. New ones of the
    same network differ from these.
    """

    def __init__(self, networks_of: Callable[[str], Iterable[str]]) -> None:
        self._networks_of = networks_of
        self._key = secrets.token_bytes(32)

    def mark_of(self, person: str) -> str:
        """Return the mark of a network from which somebody is connected; empty if none is known."""
        network = min(self._networks_of(person), default="")
        if not network:
            return ""
        return hashlib.blake2b(network.encode(), key=self._key, digest_size=_BYTES).hexdigest()


def no_origin(person: str) -> str:
    """Return the empty mark, where nobody knows of networks."""
    return ""
