"""Section 5 of docs/protocol.md: what is told of one's own keys.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .fields import (
    Check,
    Field,
    array,
    choice,
    fingerprint,
    integer,
    maybe,
    moment,
    needed,
    record,
    table,
    text,
)
from .view import LINES, REF

MAYBE_FINGERPRINT: Field = (maybe(fingerprint), None)
STATEMENT = record(
    purpose=needed(choice("join", "unite", "revoke", "undo", "split", "recovery")),
    server=needed(text),
    nonce=needed(text),
    at=needed(moment),
    key=needed(fingerprint),
    by=needed(fingerprint),
    facts=(text, ""),
)
OWN_KEY = record(
    key=needed(fingerprint),
    joined_at=needed(moment),
    introduced_by=MAYBE_FINGERPRINT,
    state=(choice("in_force", "cut", "revoked", "left"), "in_force"),
    ended_at=(maybe(moment), None),
    ended_by=MAYBE_FINGERPRINT,
    undo_until=(maybe(moment), None),
)
FACTS = record(
    salt=needed(text),
    keys=needed(array(fingerprint)),
    bans=LINES,
    silences=LINES,
    ranks=(table(text, integer()), {}),
    withheld=(table(text, integer()), {}),
)
AWAITED = record(
    statement=needed(STATEMENT),
    signed_by=(array(fingerprint), []),
    facts=(maybe(FACTS), None),
)
EVENTS: dict[str, Check] = {
    "key_list": record(
        known_by=needed(fingerprint),
        keys=needed(array(OWN_KEY)),
        recovery=MAYBE_FINGERPRINT,
        disputed_until=(maybe(moment), None),
        waiting=(array(AWAITED), []),
        ref=REF,
    ),
    "statement_made": record(statement=needed(STATEMENT), ref=REF),
    "keys_changed": record(
        what=needed(choice("joined", "revoked", "undone", "split", "recovery", "united")),
        key=needed(fingerprint),
        by=MAYBE_FINGERPRINT,
        undo_until=(maybe(moment), None),
        ref=REF,
    ),
}
