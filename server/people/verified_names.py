"""How those are called of whom something is proven, so that nothing else passes for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .skeleton import skeletons


class VerifiedNames:
    """The names of verified people, and the domains that they proved, by what these read as."""

    def __init__(self) -> None:
        self._forms: dict[str, frozenset[str]] = {}
        self._people: dict[str, set[str]] = {}

    def note(self, person: str, names: Iterable[str]) -> None:
        """Note by which names somebody is verified now, in place of those before; maybe none."""
        before = self._forms.pop(person, frozenset())
        now = frozenset(form for name in names for form in skeletons(name))
        if now:
            self._forms[person] = now
        for form in before - now:
            self._people[form].discard(person)
            if not self._people[form]:
                del self._people[form]
        for form in now - before:
            self._people.setdefault(form, set()).add(person)

    def reads_like_another(self, name: str, of: Collection[str]) -> bool:
        """Whether a name reads like somebody's here, of whom none is among these people, by id."""
        found = {person for form in skeletons(name) for person in self._people.get(form, ())}
        return bool(found) and found.isdisjoint(of)
