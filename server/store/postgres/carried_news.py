"""What a person is told once, for those of them who are connected to other servers.

It is a word to all that listen, as the changes of rows are, in the transaction that it is about:
PostgreSQL passes it on when that is kept, and after the rows.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from ..tables.changed import Key
from ..tables.database import Database

NEWS = "news"
"""Stands in a word in the place of a table; its key is then the person, and what they are told."""
MAX_BYTES = 7999
"""Bytes that PostgreSQL takes of a word; what people are told is a line or two, and much less."""
_CARRY = "SELECT pg_notify('roomcli', ?)"


class CarriedNews:
    """Carries what people are told; ``server`` is the name of this one."""

    def __init__(self, database: Database, server: str) -> None:
        self._database = database
        self._server = server

    def carry(self, person: str, message: bytes) -> None:
        key = (person, base64.b64encode(message).decode())
        word = msgspec.json.encode((self._server, NEWS, key))
        if len(word) <= MAX_BYTES:  # else the transaction would be refused for it
            self._database.enqueue(_CARRY, (word.decode(),))


def news_in(key: Key) -> tuple[str, bytes]:
    """Return who is told what, of the key of a word. Raises ValueError for what nobody carried."""
    try:
        person, message = key
        return person, base64.b64decode(message, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
