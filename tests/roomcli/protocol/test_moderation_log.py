"""Tests of the moderation log: no written entry can be changed without being found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.protocol.moderation_log import LogEntry, entry_hash, first_fault, root, sealed
from roomcli.protocol.people import Person
from tests.roomcli.protocol.test_codec import FEW, LETTERS

from ... import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors.json").read_text(encoding="utf-8"))[
    "moderation_log"
]
ROOM, OPENED_AT = "standup", 1_800_000_000.5
Log = list[LogEntry]

TEXTS = st.text(LETTERS + '"\\\\,[', max_size=6)
TIMES = st.integers(0, 2**41).map(lambda milliseconds: milliseconds / 1000)
PEOPLE = st.none() | st.builds(Person, TEXTS, TEXTS, TEXTS, TEXTS)
LINES = st.builds(
    LogEntry, number=st.just(1), at=TIMES, action=TEXTS, actor=PEOPLE, target=PEOPLE,
    detail=TEXTS, reason=TEXTS, previous=st.just(""),
)  # fmt: skip


def chained(lines: list[LogEntry], room: str = ROOM, opened_at: float = OPENED_AT) -> Log:
    """Chain lines into a valid log."""
    entries: Log = []
    for number, line in enumerate(lines, 1):
        previous = entries[-1].hash if entries else root(room, opened_at)
        entries.append(sealed(replace(line, number=number, previous=previous)))
    return entries


LOGS = st.lists(LINES, min_size=1, max_size=6).map(chained)


@given(st.lists(LINES, max_size=6).map(chained))
def test_what_was_written_has_no_fault_nor_has_any_beginning_of_it(log: Log) -> None:
    for length in range(len(log) + 1):
        assert first_fault(log[:length], ROOM, OPENED_AT) is None


FIELDS = ["number", "at", "action", "actor", "target", "detail", "reason", "previous", "hash"]


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_can_be_changed(field: str) -> None:
    @FEW
    @given(LOGS, st.data())
    def found_out(log: Log, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(log) - 1))
        other = {
            "number": st.integers(1, 9), "at": TIMES, "actor": PEOPLE, "target": PEOPLE,
        }.get(field, TEXTS)  # fmt: skip
        changed = replace(log[at], **{field: data.draw(other)})
        # A person's headline is no part of the log: it says nothing about who they are.
        assume(entry_hash(changed) != log[at].hash or changed.hash != log[at].hash)
        log[at] = changed
        assert first_fault(log, ROOM, OPENED_AT) is not None

    found_out()


def cut(log: Log, at: int, _: LogEntry) -> Log:
    return log[:at] + log[at + 1 :]


def doubled(log: Log, at: int, _: LogEntry) -> Log:
    return [*log[: at + 1], *log[at:]]


def swapped(log: Log, at: int, _: LogEntry) -> Log:
    return [*log[:at], log[at + 1], log[at], *log[at + 2 :]]


def added(log: Log, at: int, line: LogEntry) -> Log:
    return [*log[:at], sealed(replace(line, number=at + 1, previous=log[at].previous)), *log[at:]]


def rewritten(log: Log, at: int, line: LogEntry) -> Log:
    number, previous = log[at].number, log[at].previous
    return [*log[:at], sealed(replace(line, number=number, previous=previous)), *log[at + 1 :]]


@pytest.mark.parametrize("tampering", [cut, doubled, swapped, added, rewritten])
def test_no_entry_can_be_taken_out_added_moved_or_rewritten_before_the_last(
    tampering: Callable[[Log, int, LogEntry], Log],
) -> None:
    @FEW
    @given(st.lists(LINES, min_size=2, max_size=6).map(chained), LINES, st.data())
    def found_out(log: Log, line: LogEntry, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(log) - 2))
        tampered = tampering(log, at, line)
        assume(tampered != log)
        assert first_fault(tampered, ROOM, OPENED_AT) is not None

    found_out()


@given(LOGS, LINES)
def test_who_rewrites_it_to_the_end_gets_another_head(log: Log, line: LogEntry) -> None:
    changed = chained([line, *log[1:]])
    assume(entry_hash(changed[0]) != log[0].hash)
    assert first_fault(changed, ROOM, OPENED_AT) is None
    # So whoever was told one of the hashes knows: not one of them is left.
    assert not {each.hash for each in changed} & {each.hash for each in log}


@given(LOGS)
def test_a_log_belongs_to_one_room_and_one_opening(log: Log) -> None:
    assert first_fault(log, "other", OPENED_AT) is not None
    assert first_fault(log, ROOM, OPENED_AT + 0.001) is not None


@given(LOGS)
def test_a_log_survives_a_file(log: Log) -> None:
    read = msgspec.json.decode(msgspec.json.encode(log), type=list[LogEntry])
    assert read == log
    assert first_fault(read, ROOM, OPENED_AT) is None


def test_moving_text_from_one_field_to_the_next_is_found() -> None:
    ann = Person("a", "Ann")
    line = LogEntry(number=1, at=1.0, action="remove", actor=ann, previous="", detail='","')
    others = [
        replace(line, detail="", reason='","'),
        replace(line, actor=None, target=ann),
        replace(line, actor=Person("aA", "nn")),
        replace(line, detail='"', reason=',"'),
    ]
    assert len({entry_hash(each) for each in (line, *others)}) == 5


def test_the_golden_log_is_right_and_every_tampered_one_is_wrong() -> None:
    room, opened_at = VECTORS["room"], VECTORS["opened_at"]
    entries = msgspec.convert(VECTORS["entries"], list[LogEntry])
    assert VECTORS["root"]["hash"] == root(room, opened_at) == entries[0].previous
    assert first_fault(entries, room, opened_at) is None
    for each in VECTORS["tampered"]:
        tampered = msgspec.convert(each["entries"], list[LogEntry])
        assert first_fault(tampered, room, opened_at) is not None, each["why"]
