"""Which follows count: not those of people by whom the follower is blocked."""

from __future__ import annotations

from ...store.ties import Ties


def follows_that_count(ties: Ties, person: str) -> dict[str, float]:
    """Return whom somebody follows, and since when, but for those who block them.

    Who is blocked has these in their list like everybody else; nothing comes of them.
    """
    blockers = ties.tied_to(person, "blocks")
    follows = ties.made_by(person, "follows").items()
    return {each: at for each, at in follows if each not in blockers}
