"""The keys that a forge, a domain or a DID document lists, as fingerprints. Pure.

What cannot be read, or is no key that roomcli takes, is left out: others use these lists too.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from roomcli.errors import ProtocolError
from roomcli.protocol.ssh.keys import CURVES, SshKey, ed25519_key, parse_key, parse_key_line
from roomcli.protocol.ssh.wire import pack_string

MAX_KEYS = 1000
_FINGERPRINT = re.compile("[0-9a-f]{32}")
_ED25519_CODE = b"\xed\x01"  # multicodec, as did:key and Multikey have it
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_BASE58 = 64
_NIST = {"P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521"}


def keys_of_lines(body: bytes) -> frozenset[str]:
    """Return the keys of a text with one public key a line, as forges give it.

    Raises ValueError for a page, as it stands there when the forge is out of order.
    """
    if body.lstrip().startswith(b"<"):
        raise ValueError("a page")
    lines = body.decode("utf-8", "replace").splitlines()
    return frozenset(_fingerprints(lines[:MAX_KEYS]))


def keys_of_json_list(body: bytes) -> frozenset[str]:
    """Return the keys of a JSON list of objects with a ``key``, as GitHub's interface gives it.

    Raises ValueError for anything else.
    """
    found = _decoded(body)
    if not isinstance(found, list):
        raise ValueError("no list")
    lines = [each["key"] for each in found if isinstance(each, dict) and "key" in each]
    return frozenset(_fingerprints(lines[:MAX_KEYS]))


def keys_of_domain(body: bytes) -> frozenset[str]:
    """Return the keys of ``/.well-known/roomcli.json``: ``{"keys": [LINE or fingerprint…]}``.

    Raises ValueError for anything else.
    """
    found = _decoded(body)
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise ValueError("no keys")
    keys = [each for each in keys[:MAX_KEYS] if isinstance(each, str)]
    plain = frozenset(each for each in keys if _FINGERPRINT.fullmatch(each))
    return plain.union(_fingerprints(keys))


def keys_of_did(body: bytes, did: str) -> frozenset[str]:
    """Return the keys by which the subject of a DID document proves who they are.

    These are the verification methods of ``did`` itself that ``authentication`` or
    ``assertionMethod`` has or names (DID core, 5.3). Raises ValueError for another document.
    """
    found = _decoded(body)
    if not isinstance(found, dict) or found.get("id") != did:
        raise ValueError("no document of this DID")
    own = [each for each in _list_in(found, "verificationMethod") if isinstance(each, dict)]
    by_name = {_whole_name(each.get("id"), did): each for each in own[:MAX_KEYS]}
    methods = [
        each if isinstance(each, dict) else by_name.get(_whole_name(each, did))
        for use in ("authentication", "assertionMethod")
        for each in _list_in(found, use)[:MAX_KEYS]
    ]
    return frozenset(_keys_of_methods(methods, did))


def _fingerprints(lines: Iterable[Any]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, str):
            try:
                yield parse_key_line(line).fingerprint
            except ProtocolError:
                continue


def _keys_of_methods(methods: Iterable[dict[str, Any] | None], did: str) -> Iterator[str]:
    for method in methods:
        if method is not None and method.get("controller") == did:
            try:
                yield _key_of_method(method).fingerprint
            except (ProtocolError, ValueError, KeyError, TypeError):
                continue


def _key_of_method(method: dict[str, Any]) -> SshKey:
    """Return the key of a verification method. Raises what wrong fields raise."""
    if "publicKeyMultibase" in method:
        text = str(method["publicKeyMultibase"])
        raw = _from_base58(text[1:])
        if not text.startswith("z") or raw[:2] != _ED25519_CODE:
            raise ValueError("another kind of key")
        return ed25519_key(raw[2:])
    jwk = method["publicKeyJwk"]
    if (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
        return ed25519_key(_from_base64url(jwk["x"]))
    curve = _NIST[jwk["crv"]]
    kind = f"ecdsa-sha2-{curve}"
    point = b"\x04" + b"".join(_from_base64url(jwk[each]) for each in ("x", "y"))
    if jwk["kty"] != "EC" or len(point) != 1 + 2 * CURVES[kind][1]:
        raise ValueError("another kind of key")
    return parse_key(b"".join(map(pack_string, (kind.encode(), curve.encode(), point))))


def _from_base58(text: str) -> bytes:
    if len(text) > _MAX_BASE58:
        raise ValueError("too long")
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _from_base64url(text: str) -> bytes:
    return base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True)


def _list_in(document: dict[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _whole_name(name: Any, did: str) -> str:
    text = name if isinstance(name, str) else ""
    return f"{did}{text}" if text.startswith("#") else text


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError("no JSON") from error
