"""Who gives way when all places are taken, so that no network keeps the others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


def who_gives_way(networks: Mapping[str, str], newcomer: str) -> str | None:
    """Return who goes for somebody new: the last of the network that has most places.

    ``networks`` says of which network everybody is who has a place, in the order in which they
    came; ``newcomer`` is that of who comes. None: the newcomer's network would have as many then,
    and nobody goes for them.
    """
    counts = Counter(networks.values())
    most = max(counts.values(), default=0)
    if counts[newcomer] + 1 >= most:
        return None
    return [each for each, network in networks.items() if counts[network] == most][-1]
