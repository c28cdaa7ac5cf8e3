"""Section 5 of docs/protocol.md: what is told of home, and of what was searched for.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .communities import CARD, PEOPLE
from .fields import Check, Field, array, choice, identity, integer, needed, record, table, text
from .planned import OCCURRENCES
from .view import LISTED_ROOM, REF
from .view import PEOPLE as NAMED_PEOPLE

KINDS = ("rooms", "people", "communities", "events")
CARDS: Field = (array(record(**CARD)), [])
COUNT: Field = (integer(), 0)
NAMES: Field = (table(identity, text), {})
HOME_ROOM = record(room=needed(LISTED_ROOM), community=(text, ""), followed=(array(identity), []))
EVENTS: dict[str, Check] = {
    "home_shown": record(
        rooms=(array(HOME_ROOM), []),
        total_rooms=COUNT,
        occurrences=OCCURRENCES,
        more=(text, ""),
        communities=CARDS,
        total_communities=COUNT,
        discoverable=CARDS,
        total_discoverable=COUNT,
        following=(array(identity), []),
        total_following=COUNT,
        people=NAMED_PEOPLE,
        community_names=NAMES,
        ref=REF,
    ),
    "search_results": record(
        of=needed(choice("everything", *KINDS)),
        text=needed(text),
        offset=COUNT,
        rooms=(array(LISTED_ROOM), []),
        people=PEOPLE,
        communities=CARDS,
        occurrences=OCCURRENCES,
        more=(array(choice(*KINDS)), []),
        community_names=NAMES,
        ref=REF,
    ),
}
