"""Signatures by the person's own key, in the form that SSH keys sign in."""

from __future__ import annotations

from ..protocol.ssh.keys import ED25519, ed25519_key
from ..protocol.ssh.sshsig import NAMESPACE, armour, signed_data
from ..protocol.ssh.wire import pack_string
from .keys import PersonalKey


def sign_with_own_key(own: PersonalKey, message: bytes, namespace: str = NAMESPACE) -> str:
    """Return the text form of a signature of ``message``."""
    signature = own.sign(signed_data(message, namespace))
    wire = pack_string(ED25519.encode()) + pack_string(signature)
    return armour(ed25519_key(own.public), wire, namespace)
