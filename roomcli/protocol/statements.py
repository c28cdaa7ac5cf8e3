"""What a key signs about a person's keys: one statement on one server, good once and not for long.

A statement is text that its signer can read. Every key signs it in the same way, as
:mod:`roomcli.protocol.ssh.sshsig` says, the person's own key too.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ..errors import ProtocolError
from .people import Key
from .times import Seconds

STATEMENT_SECONDS = 600.0
"""How long a statement can be signed after the server has made its nonce."""

Purpose = Literal["join", "unite", "revoke", "undo", "split", "recovery"]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
DigestOrNone = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]


class Statement(Struct, frozen=True, kw_only=True):
    """That ``key`` does, or suffers, something by the word of ``by``. Both are fingerprints.

    ========  ==============================================  ==============
    purpose   meaning                                         signed by
    ========  ==============================================  ==============
    join      ``key`` becomes a key of the person of ``by``   both
    unite     the person of ``key`` becomes that of ``by``    both
    revoke    ``key`` is refused from now on                  ``by``
    undo      the revocation of ``key`` was wrong             ``by``
    split     ``key`` becomes a person of its own             ``key``, which is ``by``
    recovery  ``key`` becomes the person's recovery key       both
    ========  ==============================================  ==============

    ``nonce`` is the server's and new, ``at`` is when it was made. ``facts`` is the hash of what was
    shown before two persons unite (:class:`UnionFacts`), and empty otherwise.
    """

    purpose: Purpose
    server: str
    nonce: Digest
    at: Seconds
    key: Key
    by: Key
    facts: DigestOrNone = ""

    @property
    def signers(self) -> frozenset[str]:
        """The keys that have to sign."""
        if self.purpose in ("revoke", "undo", "split"):
            return frozenset({self.by})
        return frozenset({self.key, self.by})


def statement_text(statement: Statement) -> bytes:
    """Return the bytes that are signed.

    A client puts the server's name there that it has dialled, whatever the server calls itself.
    Raises ProtocolError ``bad_message`` for a field that is more than one line.
    """
    fields = {
        "purpose": statement.purpose,
        "server": statement.server.lower(),
        "nonce": statement.nonce,
        "at": f"{statement.at:.3f}",
        "key": statement.key,
        "by": statement.by,
        "facts": statement.facts or "-",
    }
    if any(not value.isprintable() for value in fields.values()):
        raise ProtocolError("bad_message", "a field of the statement is not one line of text")
    lines = ["statement about keys, v1", *(f"{name}: {value}" for name, value in fields.items())]
    return "".join(f"{line}\n" for line in lines).encode()


class UnionFacts(Struct, frozen=True, kw_only=True):
    """What two persons are as one, as both are shown it before they sign.

    ``keys`` are the fingerprints of both, from the oldest on. ``bans`` and ``silences`` are the
    places from which, or in which, they are banned and silenced. ``ranks`` says how high they stand
    where, and ``withheld`` how high they would, once a host of the place or the admin agrees.
    ``salt`` is random, so that the hash tells nothing to whoever was not shown the rest.
    """

    salt: str
    keys: tuple[Key, ...]
    bans: tuple[str, ...] = ()
    silences: tuple[str, ...] = ()
    ranks: dict[str, int] = {}
    withheld: dict[str, int] = {}

    @property
    def digest(self) -> str:
        """The hash that both sign: SHA-256 of this as JSON, without spaces and in the order of
        the fields' names."""
        encoded = msgspec.json.encode(msgspec.to_builtins(self), order="sorted")
        return hashlib.sha256(encoded).hexdigest()
