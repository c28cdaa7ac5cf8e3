"""Section 5 of docs/protocol.md: what is told of whom one follows and blocks.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .fields import Check, array, choice, identity, record
from .view import PAGE, PERSON, REF

EVENTS: dict[str, Check] = {
    "ties_page": record(
        of=(choice("following", "communities", "blocked"), "following"),
        people=(array(PERSON), []),
        communities=(array(identity), []),
        **PAGE,
        ref=REF,
    ),
    "blocked_changed": record(people=(array(identity), []), ref=REF),
}
