"""Section 5 of docs/protocol.md: what is told of profiles, and of all that the server holds.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .claims import BADGE
from .fields import Check, anything, array, boolean, choice, maybe, needed, record, table, text
from .view import PERSON, REF

PROFILE = record(
    name=needed(text),
    headline=(text, ""),
    company=(text, ""),
    location=(text, ""),
    pronouns=(text, ""),
    bio=(text, ""),
    links=(array(text), []),
    page=(choice("public", ""), ""),
)
EVENTS: dict[str, Check] = {
    "profile_shown": record(
        person=needed(PERSON),
        profile=needed(PROFILE),
        followed=(boolean, False),
        blocked=(boolean, False),
        badges=(array(BADGE), []),
        ref=REF,
    ),
    "profile_changed": record(profile=(maybe(PROFILE), None), ref=REF),
    "thing_held": record(kind=needed(text), thing=needed(table(text, anything)), ref=REF),
}
