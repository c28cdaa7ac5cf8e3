"""Proof of who somebody is: signatures, and random tokens that stand for a right.

A ticket or an invite is a random token. The store keeps only its hash, so that reading the database
gives nobody a token.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol.handshake import fingerprint, signed_bytes
from roomcli.protocol.people import Person
from roomcli.protocol.text import checked_headline, checked_name

from .skeleton import wears_badge

_P = 2**255 - 19
_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDER = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})
"""The *y* coordinates of all points of edwards25519 whose order divides 8."""


def proven_person(
    hello: c.Hello, nonce: bytes, authority: str, certificate_hash: bytes | None
) -> Person:
    """Return the person behind a ``hello`` after checking the signature, without an id as yet.

    ``certificate_hash`` is that of our
    own certificate. It is None where TLS, if any, ends elsewhere: then the client's word for the
    certificate is taken. Raises CommandRefused ``bad_signature``, or ``bad_text`` for a name that
    may not be shown.
    """
    if certificate_hash is not None and hello.certificate != certificate_hash:
        raise CommandRefused(
            "bad_signature", "you were shown a certificate that is not this server's"
        )
    if is_weak(hello.key):
        raise CommandRefused("bad_signature", "anybody can sign by this key: it is nobody's")
    try:
        Ed25519PublicKey.from_public_bytes(hello.key).verify(
            hello.signature, signed_bytes(nonce, authority, hello.certificate)
        )
    except (InvalidSignature, ValueError):
        raise CommandRefused(
            "bad_signature", "the key's signature does not fit this server and connection"
        ) from None
    try:
        name = checked_shown_name(hello.name)
        headline = checked_headline(hello.headline)
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None
    key = fingerprint(hello.key)
    return Person("", name, headline, key)


def checked_shown_name(text: str) -> str:
    """Return a name that a person may be shown by. Raises ProtocolError ``bad_text``."""
    name = checked_name(text)
    if wears_badge(name):
        why = "a name cannot hold (host), (you) or the like: the room says who that is"
        raise ProtocolError("bad_text", why)
    return name


def is_weak(key: bytes) -> bool:
    """Whether an Ed25519 key proves nothing.

    Its point is of small order, so that anybody can make signatures that fit the key, or it is not
    written in the canonical way.
    """
    y = int.from_bytes(key, "little") & (2**255 - 1)
    return y >= _P or y in _SMALL_ORDER


def new_token() -> str:
    """Return a random token of 192 bits, safe in URLs."""
    return secrets.token_urlsafe(24)


def token_hash(token: str) -> str:
    """Return the hash under which the store keeps a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_id() -> str:
    """Return a short random id for a participant's seat."""
    return base64.b32encode(secrets.token_bytes(5)).decode().lower()
