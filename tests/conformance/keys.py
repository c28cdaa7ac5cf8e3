"""Section 5 of docs/protocol.md, and docs/identity.md: one's own keys, and what they sign.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .fields import (
    Check,
    Field,
    Message,
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


def statement_text(statement: Message) -> bytes:
    """Return the bytes that keys sign."""
    lines = ["statement about keys, v1"]
    for name in ("purpose", "server", "nonce", "at", "key", "by", "facts"):
        value = statement[name]
        lines.append(f"{name}: {f'{value:.3f}' if name == 'at' else value or '-'}")
    return "".join(f"{line}\n" for line in lines).encode()


def packed(*fields: bytes) -> bytes:
    """Return byte strings, each behind its length, as SSH writes them."""
    return b"".join(len(each).to_bytes(4, "big") + each for each in fields)


def armoured(
    statement: Message, key: Ed25519PrivateKey, namespace: bytes = b"identity@roomcli.v1"
) -> str:
    """Sign a statement, as ``ssh-keygen -Y sign`` does (PROTOCOL.sshsig of OpenSSH)."""
    digest = hashlib.sha512(statement_text(statement)).digest()
    signature = key.sign(b"SSHSIG" + packed(namespace, b"", b"sha512", digest))
    kind, raw = b"ssh-ed25519", key.public_key().public_bytes_raw()
    fields = packed(packed(kind, raw), namespace, b"", b"sha512", packed(kind, signature))
    data = b"SSHSIG" + (1).to_bytes(4, "big") + fields
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""))
