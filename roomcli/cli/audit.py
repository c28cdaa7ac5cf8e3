"""``roomcli audit verify``: check that exported moderation logs were not changed.

Each entry holds the hash of the one before, so a log that was changed afterwards does not fit its
hashes. If two whole logs of one room differ, one of them is not what the server told at the time.
"""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from msgspec import Struct

from ..errors import ConfigError
from ..protocol.moderation_log import LogEntry, first_fault, root
from ..protocol.text import is_room_name
from . import exits
from .parser import Parser

T = TypeVar("T")

MAX_LINE = 64 * 1024
"""Longest line that is read, in bytes; an entry is far shorter."""


class Title(Struct, frozen=True):
    """The first line of an exported log: which room it is of, and when it was exported."""

    room: str
    opened_at: float
    exported_at: float


@dataclass(frozen=True)
class Copy:
    """An exported log that somebody has."""

    path: Path
    title: Title
    entries: list[LogEntry]

    @property
    def head(self) -> str:
        """The hash of the newest entry, which every event of the room carried at that time."""
        if self.entries:
            return self.entries[-1].hash
        return root(self.title.room, self.title.opened_at)


def run(argv: list[str]) -> int:
    """Run the command and return its exit code: 1 if a log was changed."""
    copies = [read_log(path) for path in make_parser().parse_args(argv).files]
    faults = 0
    whole: defaultdict[tuple[str, float], list[Copy]] = defaultdict(list)
    for copy in copies:
        fault = first_fault(copy.entries, copy.title.room, copy.title.opened_at)
        if fault is None:
            whole[copy.title.room, copy.title.opened_at].append(copy)
            count = f"{len(copy.entries)} {'entry' if len(copy.entries) == 1 else 'entries'}"
            print(f"{copy.path}: {count} of {copy.title.room}, whole; head {copy.head}")
        else:
            faults += 1
            print(f"{copy.path}: {copy.title.room}'s log was changed: {fault}")
    for same_room in whole.values():
        for line in differences(same_room):
            faults += 1
            print(line)
    return exits.FAILED if faults else exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli audit``."""
    parser = Parser(
        "audit",
        "Check moderation logs: that nothing in them was changed, and that they agree.",
        examples={
            "audit verify standup.jsonl": "one log",
            "audit verify mine.jsonl yours.jsonl": "two copies, and whether they agree",
        },
    )
    parser.add_argument("what", choices=("verify",), help="verify: check the hashes")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a log that was exported from a room"
    )
    return parser


def read_log(path: Path) -> Copy:
    """Read a log without checking its hashes. Raises ConfigError if it is no log or incomplete."""
    try:
        with path.open("rb") as file:
            lines = _lines(file)
            title = _read(next(lines, b""), Title, f"{path} is no moderation log")
            if not is_room_name(title.room):
                raise ConfigError(f"{path} is no moderation log: its room has no name")
            entries = [
                _read(line, LogEntry, f"{path}, line {number}: this is no entry of a log")
                for number, line in enumerate(lines, 2)
            ]
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    return Copy(path, title, entries)


def differences(copies: list[Copy]) -> Iterator[str]:
    """Yield a line for each pair of logs of one room that contradict each other.

    Each log has to be the beginning of the next longer one.
    """
    for short, long in pairwise(sorted(copies, key=lambda copy: len(copy.entries))):
        pairs = zip(short.entries, long.entries, strict=False)
        parting = next((number for number, (a, b) in enumerate(pairs, 1) if a != b), None)
        if parting is not None:
            yield (
                f"{short.path} and {long.path} part at entry {parting}: they cannot both be what"
                f" {short.title.room} was told"
            )


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE):
        yield line


def _read(line: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(line.removeprefix(codecs.BOM_UTF8), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigError(f"{what}: is the file whole, and as it was exported?") from None
