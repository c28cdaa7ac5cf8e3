"""Section 2 of docs/protocol.md: what a field of a message may hold.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
Check = Callable[[Any], Any]
Field = tuple[Check, Any]

REQUIRED = object()


class Malformed(ValueError):
    """The message is not allowed by section 2, 7, 8 or 9."""


def expect(ok: bool, what: str) -> None:
    if not ok:
        raise Malformed(what)


def text(value: Any) -> Any:
    expect(isinstance(value, str), "text")
    return value


def identity(value: Any) -> Any:
    expect(isinstance(value, str) and 1 <= len(value) <= 32, "id")
    return value


def digits(value: Any) -> Any:
    """Check a hash: 32 hexadecimal digits, or empty."""
    text(value)
    expect(len(value) in (0, 32) and set(value) <= set("0123456789abcdef"), "hash")
    return value


def boolean(value: Any) -> Any:
    expect(isinstance(value, bool), "bool")
    return value


def moment(value: Any) -> Any:
    expect(type(value) in (int, float) and 0 <= value <= 253402300799, "time")
    return value


def seconds(value: Any) -> Any:
    expect(type(value) in (int, float) and 0 <= value < float("inf"), "seconds")
    return value


def integer(limit: int = 2**53 - 1, least: int = 0) -> Check:
    def check(value: Any) -> Any:
        expect(type(value) is int and least <= value <= limit, "int")
        return value

    return check


def octets(length: int) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, bytes) and len(value) == length, f"{length} bytes")
        return value

    return check


nonce = octets(32)


def fingerprint(value: Any) -> Any:
    whole = isinstance(value, str) and len(value) == 32 and set(value) <= set("0123456789abcdef")
    expect(whole, "fingerprint")
    return value


def pattern(form: str, what: str, longest: int = 64) -> Check:
    def check(value: Any) -> Any:
        fits = isinstance(value, str) and len(value) <= longest and re.fullmatch(form, value)
        expect(bool(fits), what)
        return value

    return check


day = pattern(r"\d{4}-\d\d-\d\d", "day")
local_time = pattern(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d", "local time")
zone = pattern(r"[A-Za-z0-9_+/-]+", "zone")


def anything(value: Any) -> Any:
    return value


def choice(*values: str) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, str) and value in values, "one of " + ", ".join(values))
        return value

    return check


def maybe(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def array(inner: Check) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, list), "array")
        return [inner(item) for item in value]

    return check


def table(key: Check, inner: Check) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, dict), "map")
        return {key(name): inner(item) for name, item in value.items()}

    return check


def record(**fields: Field) -> Check:
    """Check a map with these fields: unknown ones are dropped, missing ones get their default."""

    def check(value: Any) -> Any:
        expect(isinstance(value, dict), "map")
        found = {}
        for name, (inner, default) in fields.items():
            expect(name in value or default is not REQUIRED, f"{name} is missing")
            # Defaults go through the check too, which copies the maps and arrays among them.
            found[name] = inner(value.get(name, default))
        return found

    return check


def needed(check: Check) -> Field:
    return check, REQUIRED
