"""Section 5 of docs/protocol.md: what is told of what the server has checked.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from .fields import (
    Check,
    Field,
    array,
    boolean,
    choice,
    fingerprint,
    maybe,
    moment,
    needed,
    pattern,
    record,
    text,
)
from .view import LINES, REF

KIND: Field = needed(choice("forge", "domain", "mail", "sign_on"))
BADGE = record(
    kind=KIND,
    subject=needed(pattern(".*", "subject", 400)),
    proven_at=needed(moment),
    checked_at=needed(moment),
    until=needed(moment),
    domain=(pattern(".*", "domain", 253), ""),
    account_since=(maybe(moment), None),
    by_device=(boolean, False),
)
OWN_CLAIM = record(
    id=needed(text),
    badge=needed(BADGE),
    key=needed(fingerprint),
    stands=(boolean, True),
    hidden=(boolean, False),
)
OFFERED_ISSUER = record(issuer=needed(text), name=needed(text), by_device=(boolean, False))
EVENTS: dict[str, Check] = {
    "claims_listed": record(
        claims=(array(OWN_CLAIM), []),
        companies=LINES,
        issuers=(array(OFFERED_ISSUER), []),
        ref=REF,
    ),
    "mail_code_sent": record(
        address=needed(text), attempt=needed(text), until=needed(moment), ref=REF
    ),
    "sign_on_begun": record(
        issuer=needed(text),
        attempt=needed(text),
        sent_state=needed(text),
        url=needed(text),
        until=needed(moment),
        names_issuer=(boolean, False),
        ref=REF,
    ),
    "device_code_ready": record(
        issuer=needed(text),
        user_code=needed(text),
        url=needed(text),
        until=needed(moment),
        ref=REF,
    ),
    "claim_made": record(claim=needed(OWN_CLAIM), ref=REF),
    "claim_refused": record(
        kind=KIND, subject=needed(text), code=needed(text), text=needed(text), ref=REF
    ),
    "claim_changed": record(claim=needed(OWN_CLAIM), ref=REF),
    "claim_ended": record(
        claim=needed(OWN_CLAIM),
        why=needed(choice("withdrawn", "gone", "expired", "moved")),
        ref=REF,
    ),
}
