"""Commands about a person's keys. What changes them is a statement that keys sign."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..statements import Digest, Purpose
from .base import Command, Key
from .entering import Authority

Armour = Annotated[str, Meta(max_length=4096)]
"""As long as a text of a message may be; a signature by RSA of 8192 bits has some 3,000."""


class ListKeys(Command, frozen=True, kw_only=True):
    """Ask for one's own keys, and for the statements that wait for signatures: ``key_list``."""


class ProposeStatement(Command, frozen=True, kw_only=True):
    """Ask for a statement to sign, in place of the one before: ``statement_made``.

    ``server`` is what the client dialled. One of the two keys has to be one's own.
    """

    purpose: Purpose
    key: Key
    by: Key
    server: Authority


class SignStatement(Command, frozen=True, kw_only=True):
    """Hand in a signature over the statement with this nonce, in the text form of SSHSIG.

    The last signature that it needs makes the statement come true.
    """

    nonce: Digest
    signature: Armour


class WithdrawStatement(Command, frozen=True, kw_only=True):
    """End the statement that one asked for."""


KeyCommand = ListKeys | ProposeStatement | SignStatement | WithdrawStatement
"""Every command about keys."""
