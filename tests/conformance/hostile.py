"""Malformed and senseless commands, made of right ones: what a hostile client sends.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

from .. import ROOT
from .fields import Message

Value = Any
WRONG: list[Value] = [
    True, -1, 2**53, 2**63, 0.5, math.nan, math.inf,
    "", " ", "\x00", "\x1b[2J", "\u202eevil", "a\r\nb", "\ufeff", "\U000e0001", "e\u0301" * 90,
    "nobody", "../../etc", "<script>alert(1)</script>", "x" * 4000, "x" * 5000,
    b"", b"\xff" * 64, b"\xff" * 65,
    [], [[]], [None], ["x" * 400] * 10, [0] * 64, [0] * 65,
    {}, {"a": {"b": {"c": []}}}, {"": None}, {1: 2},
    "0001-01-01T00:00", "9999-12-31", "9999-12-31T23:59", "2027-02-30T25:61", "Europe/Nowhere",
    {"every": "day", "count": 520, "interval": 99}, {"every": "day", "until": "9999-12-31"},
    {"every": "month", "nth": 0, "weekdays": ["mo"] * 7},
]  # fmt: skip
DEEP = 60


def deep() -> Value:
    value: Value = []
    for _ in range(DEEP):
        value = [value]
    return value


def bent(right: Message, chance: random.Random) -> Message:
    """Return a command of which something is wrong, or nothing makes sense."""
    command = dict(right)
    fields = [name for name in command if name not in ("command", "ref")]
    for _ in range(chance.randint(1, 2)):
        if not fields:
            command[chance.choice(["later", "room", "person"])] = chance.choice(WRONG)
            continue
        name = chance.choice(fields)
        match chance.randint(0, 5):
            case 0:
                command.pop(name, None)
            case 1:
                command[name] = deep()
            case 2 if isinstance(command.get(name), str):
                text = command[name]
                command[name] = text + chance.choice(["\x00", "\u200b", text * 50, "\ud7ff"])
            case 3 if isinstance(command.get(name), list):
                command[name] = command[name] * chance.choice([2, 64, 65])
            case _:
                command[name] = chance.choice(WRONG)
    return command


def packed(command: Message) -> bytes:
    return b"\0" + bytes(msgpack.packb(command))


def garbled(right: Message, chance: random.Random) -> bytes:
    """Return the bytes of a command with some of them changed, left out or added."""
    data = bytearray(packed(right))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        change: Callable[[], None] = chance.choice(
            [
                lambda at=at: data.__setitem__(at, chance.randrange(256)),
                lambda at=at: data.insert(at, chance.randrange(256)),
                lambda at=at: data.__delitem__(slice(at, at + 1)) if len(data) > 1 else None,
            ]
        )
        change()
    return bytes(data)


def codes_of_the_pages() -> set[str]:
    """Return every word in tables of the pages that say by which codes commands are refused."""
    page = (ROOT / "docs/protocol.md").read_text("utf-8")
    refusals = page.split("\n## 10. Refusals\n")[1].split("\n## 11.")[0]
    identity = (ROOT / "docs/identity.md").read_text("utf-8")
    tables = [refusals, *(part.split("\n\n")[0] for part in identity.split("| code | |\n")[1:])]
    first_cells = (
        line.split("|")[1]
        for table in tables
        for line in table.splitlines()
        if line.startswith("| `")
    )
    return {code for cell in first_cells for code in re.findall(r"`(\w+)`", cell)}
