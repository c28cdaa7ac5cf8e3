"""Tests of ``roomcli audit verify``: a changed log is found out, whoever changed it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from roomcli.cli import audit, exits
from roomcli.errors import ConfigError, UsageError
from roomcli.protocol.moderation_log import LogEntry, root, sealed

from ...support.evidence import ANN, BEN

OPENED = 1_000_000.125


def log_of(length: int, reason: str = "", changed: int = 1) -> list[LogEntry]:
    """Make a whole log; from entry ``changed`` on it has ``reason``."""
    entries: list[LogEntry] = []
    for number in range(1, length + 1):
        entry = LogEntry(
            number=number,
            at=OPENED + number,
            action="remove",
            actor=ANN,
            target=BEN,
            reason=reason if number >= changed else "",
            previous=entries[-1].hash if entries else root("standup", OPENED),
        )
        entries.append(sealed(entry))
    return entries


def written(path: Path, entries: list[LogEntry], opened_at: float = OPENED) -> str:
    title = {"room": "standup", "opened_at": opened_at, "exported_at": OPENED + 99}
    lines = [json.dumps(title).encode(), *map(msgspec.json.encode, entries)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def test_a_whole_log_is_told_with_its_head(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = log_of(14)
    path = written(tmp_path / "log.jsonl", entries)
    empty = written(tmp_path / "empty.jsonl", [])
    assert audit.run(["verify", path, empty]) == exits.DONE
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: 14 entries of standup, whole; head {entries[-1].hash}",
        f"{empty}: 0 entries of standup, whole; head {root('standup', OPENED)}",
    ]


def test_what_an_editor_puts_before_a_log_is_no_part_of_it(tmp_path: Path) -> None:
    path = Path(written(tmp_path / "log.jsonl", log_of(2)))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert audit.run(["verify", str(path)]) == exits.DONE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("word", "entry 2 is not what was written"),
        ("resealed", "entry 3 does not follow from the one before"),
        ("left out", "entry 2 is missing"),
        ("another room", "entry 1 does not follow from the one before"),
    ],
)
def test_a_changed_log_is_found_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, said: str
) -> None:
    entries, opened_at = log_of(4), OPENED
    if change == "word":
        entries[1] = replace(entries[1], reason="because")
    elif change == "resealed":
        entries[1] = sealed(replace(entries[1], reason="because"))
    elif change == "left out":
        del entries[1]
    else:
        opened_at += 1
    path = written(tmp_path / "log.jsonl", entries, opened_at)
    assert audit.run(["verify", path]) == exits.FAILED
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{path}: standup's log was changed: {said}")


def test_an_earlier_copy_is_the_beginning_of_a_later_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = log_of(5)
    copies = [written(tmp_path / str(length), entries[:length]) for length in (5, 3, 0)]
    assert audit.run(["verify", *copies]) == exits.DONE
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_two_whole_logs_that_part_convict_one_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = written(tmp_path / "ours", log_of(4))
    theirs = written(tmp_path / "theirs", log_of(5, reason="another past", changed=3))
    elsewhere = written(tmp_path / "elsewhere", [], OPENED + 7)  # opened again: another log
    assert audit.run(["verify", theirs, ours, elsewhere]) == exits.FAILED
    *whole, verdict = capsys.readouterr().out.splitlines()
    assert [", whole; head " in line for line in whole] == [True, True, True]
    assert verdict == (
        f"{ours} and {theirs} part at entry 3: they cannot both be what standup was told"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no moderation log"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "is no moderation log"),
        (b'{"room": "\\u001b[31m", "opened_at": 1, "exported_at": 2}\n', "its room has no name"),
        (b"cut", "line 3: this is no entry of a log"),
        (b"[" * 200_000, "is no moderation log"),
    ],
)
def test_what_is_no_log_is_one_clear_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "log.jsonl"
    if content == b"cut":
        written(path, log_of(2))
        content = path.read_bytes()[:-20]
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as raised:
        audit.run(["verify", str(path)])
    assert str(path) in str(raised.value)
    assert exits.exit_code(raised.value) == exits.WRONG_USAGE


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: No such file"):
        audit.run(["verify", str(tmp_path / "nowhere")])
    with pytest.raises(UsageError):
        audit.run(["verify"])
