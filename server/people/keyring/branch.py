"""Which keys fall with a revocation that was wrong."""

from __future__ import annotations

from .state import KnownPerson


def fallen_keys(person: KnownPerson, key: str, by: str, now: float) -> tuple[str, ...]:
    """Return the keys that are revoked when ``by`` undoes the revocation of ``key``.

    Whoever revoked ``key`` is in wrong hands, by the word of an older key. So are the keys
    through which it came, as far as ``by`` is older than they are, and all that these brought in:
    a thief can have put any of them there. The key that is back, and what came through it, stays.
    """
    records = {each.id: each for each in person.keys}
    revoker = records[key].revoked_by
    if revoker == by or revoker not in records:
        return ()
    top, trusted = revoker, {key, by}
    while (above := records[top].introduced_by) in records and above not in trusted:
        if not person.is_older(by, above):
            break
        top = above
    branch: set[str] = {top}
    for each in person.keys:  # whoever brought in a key came before it
        if each.introduced_by in branch and each.id not in trusted:
            branch.add(each.id)
    return tuple(
        each.id
        for each in person.keys
        if each.id in branch
        and each.left_at is None
        and each.revoked_by != by
        and not each.is_over(now)
    )
