"""Section 5 of docs/protocol.md: what is told of communities.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .fields import (
    Check,
    Field,
    array,
    boolean,
    choice,
    identity,
    integer,
    maybe,
    moment,
    needed,
    record,
    text,
)
from .view import BAN, ENTRY, LINES, PAGE, PERSON, REF

STANDING = choice("owner", "moderator", "member", "applied", "invited", "banned", "stranger")
PEOPLE: Field = (array(PERSON), [])
CARD: dict[str, Field] = {
    "id": needed(identity),
    "name": needed(text),
    "summary": (text, ""),
    "entry": (choice("open", "application", "invitation"), "open"),
    "hidden": (boolean, False),
    "members": (integer(), 0),
    "you": (STANDING, "stranger"),
    "lookalike": (boolean, False),
}
DETAILS = record(
    **CARD,
    about=LINES,
    rules=LINES,
    rules_version=(integer(), 0),
    agreed=(integer(), 0),
    founded_at=(moment, 0.0),
    hosting=(choice("moderators", "members"), "moderators"),
    owners=PEOPLE,
    moderators=PEOPLE,
    rooms=LINES,
    successor=(maybe(PERSON), None),
    applications=(integer(), 0),
    ban=(maybe(BAN), None),
)
COMMUNITY_PERSON = record(
    person=needed(PERSON),
    at=needed(moment),
    role=(maybe(choice("owner", "moderator", "member")), None),
    note=(text, ""),
    until=(maybe(moment), None),
    by=(text, ""),
)
COMMUNITY = needed(identity)
WHY = choice(
    "accepted",
    "declined",
    "invited",
    "withdrawn",
    "role",
    "succession",
    "removed",
    "banned",
    "ban_lifted",
    "closed",
)
EVENTS: dict[str, Check] = {
    "communities_listed": record(
        of=needed(choice("mine", "discoverable")),
        communities=needed(array(record(**CARD))),
        **PAGE,
        ref=REF,
    ),
    "community_shown": record(community=needed(DETAILS), ref=REF),
    "community_people": record(
        community=COMMUNITY,
        of=needed(choice("members", "applications", "invitations", "bans")),
        people=needed(array(COMMUNITY_PERSON)),
        **PAGE,
        ref=REF,
    ),
    "community_log": record(
        community=COMMUNITY,
        entries=needed(array(ENTRY)),
        chained_to=needed(text),
        founded_at=needed(moment),
        more=(boolean, False),
        ref=REF,
    ),
    "application_made": record(
        community=COMMUNITY,
        name=needed(text),
        person=needed(PERSON),
        note=(text, ""),
        waiting=(integer(), 0),
        ref=REF,
    ),
    "standing_changed": record(
        community=COMMUNITY,
        name=needed(text),
        you=needed(STANDING),
        why=needed(WHY),
        text=needed(text),
        ref=REF,
    ),
}
