"""Which connections were opened by which key: they end at once when the key is revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roomcli.protocol import events as e


@dataclass(frozen=True, eq=False)
class SignIn:
    """One connection that has proven who is there.

    ``person`` is by id, ``key`` is the one that signed. ``authority`` is the name that they
    dialled. Who ``contests`` came by a key that is revoked, which they may undo. ``end`` closes the
    connection with a goodbye.
    """

    person: str
    key: str
    authority: str
    contests: bool
    end: Callable[[e.Goodbye], None]


class SignIns:
    """All connections that have proven who is there."""

    def __init__(self) -> None:
        self._by_person: dict[str, tuple[SignIn, ...]] = {}

    def add(self, sign_in: SignIn) -> None:
        """Count a connection from now on."""
        before = self._by_person.get(sign_in.person, ())
        self._by_person[sign_in.person] = (*before, sign_in)

    def remove(self, sign_in: SignIn) -> None:
        """Count a connection no longer, if it was counted."""
        left = [each for each in self._by_person.get(sign_in.person, ()) if each is not sign_in]
        if left:
            self._by_person[sign_in.person] = tuple(left)
        else:
            self._by_person.pop(sign_in.person, None)

    def of_person(self, person: str) -> tuple[SignIn, ...]:
        """Return the connections of a person."""
        return self._by_person.get(person, ())
