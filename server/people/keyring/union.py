"""What two persons with a past are together."""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.statements import UnionFacts

from .state import SERVER, Keyring, KnownPerson, Past


class UnionPreview(Struct, frozen=True, kw_only=True):
    """What the server holds of two persons as one, and what of that both are shown."""

    past: Past
    facts: UnionFacts


def preview_union(
    state: Keyring, one: KnownPerson, into: KnownPerson, now: float, salt: str = ""
) -> UnionPreview:
    """Return what the first person and the second would be as one.

    What is held against either is held against both. A rank that only one of them has, or has
    higher, waits until the place agrees: else whoever takes a key would bring its ranks home.
    Who reported and who blocks them is shown to nobody.
    """
    keys = tuple(each.id for each in (*into.keys, *one.keys))
    held = {each.place for person in (one, into) for each in state.bans_of(person, now)}
    a, b = one.past, into.past
    ranks = {
        place: min(a.ranks[place], b.ranks[place]) for place in a.ranks.keys() & b.ranks.keys()
    }
    highest = {
        place: max(part.get(place, 0) for part in (a.ranks, b.ranks, a.withheld, b.withheld))
        for place in sorted({*a.ranks, *b.ranks, *a.withheld, *b.withheld})
    }
    past = Past(
        silences=a.silences | b.silences,
        reports=a.reports | b.reports,
        ranks=ranks,
        withheld={place: rank for place, rank in highest.items() if rank > ranks.get(place, 0)},
        blocked_by=(a.blocked_by | b.blocked_by) - frozenset(keys),
    )
    facts = UnionFacts(
        salt=salt,
        keys=keys,
        bans=tuple(sorted(held - {SERVER})),
        silences=tuple(sorted(past.silences)),
        ranks=past.ranks,
        withheld=past.withheld,
    )
    return UnionPreview(past=past, facts=facts)
