"""The key, the handshake and the people of the golden messages."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol.handshake import fingerprint, signed_bytes
from roomcli.protocol.people import Person

SEED = bytes(range(32))
NONCE = bytes(range(32, 64))
CERTIFICATE = hashlib.sha256(b"a certificate in DER").digest()
AUTHORITY, ROOM = "rooms.example:7420", "standup"
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = KEY.public_key().public_bytes_raw()
SIGNED = signed_bytes(NONCE, AUTHORITY, CERTIFICATE)

ADA = Person("ada1", "Ada Lovelace", "Engines", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
BOB = Person("bob2", "Bob 👋🏽", "", fingerprint(PUBLIC))
EVE = Person("eve3", "Ève")
ZOE = Person("p9", "Zoe", "Bridges", "c0ffee00c0ffee00c0ffee00c0ffee00")
NEW = {EVE.id: EVE}
OPENED_AT = 1_800_000_000.125
