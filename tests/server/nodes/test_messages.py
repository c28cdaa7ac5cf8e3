"""Tests that a server of a cluster understands one of the version before, and the other way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect as about

from roomcli.errors import ConnectionFailed, ProtocolError
from roomcli.protocol.moderation_log import first_fault
from server.nodes import messages as m
from server.nodes import node_record
from server.nodes.node_record import NodeRecord, OtherVersion, read_record, write_record
from server.nodes.other_rooms import NodeNews
from server.nodes.voices import VoiceBundle
from server.rooms.handover import RoomHandover, decode_handover
from server.rooms.room_changes import RoomChange, changed, decode_change
from server.workers import frames as f

from ...support import node_messages as samples
from ...support.version_before import has_history, lay_out

BEFORE = {
    name: bytes.fromhex(raw)
    for name, raw in json.loads(
        Path(__file__).with_name("messages_before.json").read_text()
    ).items()
}
"""What the version before says, as it was recorded."""
ROOM: dict[str, Any] = json.loads(Path(__file__).with_name("recorded_room.json").read_text("utf-8"))
"""A room as the first version with a stream wrote it, the changes after, and what lists have."""
RECORD = NodeRecord("10.0.0.7", 41234, b"s" * 32)
BUNDLE = msgspec.msgpack.encode([samples.NODE, samples.VOICES])


def test_what_the_version_before_says_is_understood() -> None:
    said = {name: raw for name, raw in BEFORE.items() if name != "record"}
    expected = samples.FROM_GUESTS | samples.FROM_OWNER
    assert samples.read(said) == expected | {samples.BUNDLE: [samples.NODE, samples.VOICES]}
    assert read_record("a", BEFORE["record"]) == RECORD


def test_the_version_before_understands_what_is_said_today(tmp_path: Path) -> None:
    if not has_history():
        return
    said = {name: raw.hex() for name, raw in samples.written().items()}
    asked = subprocess.run(
        [sys.executable, samples.__file__, "read"],
        input=json.dumps(said | {samples.BUNDLE: BUNDLE.hex()}),
        env=lay_out(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout) == []


def test_a_record_is_written_as_the_version_before_reads_it() -> None:
    assert write_record(RECORD) == BEFORE["record"]


def test_a_room_that_was_written_by_an_earlier_version_is_read() -> None:
    whole = bytes.fromhex(ROOM["room"])
    later = msgspec.msgpack.encode(msgspec.msgpack.decode(whole) | {"more": True})
    changes = [decode_change(bytes.fromhex(raw)) for raw in ROOM["changes"]]
    for raw in (whole, later):
        room = changed(decode_handover(raw), changes)
        assert room is not None
        assert room.room.locked
        assert [each.name for each in room.seats] == ["Ann", "Ben", "Cleo"]
        assert [each.hand_topic for each in room.seats] == ["", "a question", ""]
        assert [each.text for each in room.chat] == ["hello"]
        assert [each.reason for each in room.bans] == ["noise"]
        assert [each.name for each in room.silences] == ["Cleo"]
        assert first_fault(room.log, room.room.name, room.room.opened_at) is None
        assert len(room.log) == 4
    news = msgspec.msgpack.decode(bytes.fromhex(ROOM["news"]), type=NodeNews)
    assert [each.room.name for each in news.rooms] == ["standup"]


def rigid(kind: Any, where: str = "", seen: set[type] | None = None) -> set[str]:
    """Return the places below a type at which a later version could add nothing."""
    seen = set() if seen is None else seen
    found: set[str] = set()
    match kind:
        case about.StructType() | about.DataclassType() | about.NamedTupleType():
            if kind.cls in seen:
                return set()
            seen.add(kind.cls)
            if isinstance(kind, about.NamedTupleType) or getattr(
                kind, "forbid_unknown_fields", False
            ):
                found.add(kind.cls.__name__)
            for field in kind.fields:
                found |= rigid(field.type, f"{kind.cls.__name__}.{field.name}", seen)
        case about.TupleType():
            found.add(where)
            for each in kind.item_types:
                found |= rigid(each, where, seen)
        case about.UnionType():
            for each in kind.types:
                found |= rigid(each, where, seen)
        case about.DictType():
            found = rigid(kind.key_type, where, seen) | rigid(kind.value_type, where, seen)
        case about.ListType() | about.VarTupleType() | about.SetType() | about.FrozenSetType():
            found = rigid(kind.item_type, where, seen)
    return found


def test_a_later_version_can_add_to_what_servers_say_but_for_what_goes_with_each_voice() -> None:
    said: tuple[Any, ...] = (m.AnyFromGuests, m.AnyFromOwner, NodeRecord, NodeNews, VoiceBundle)
    said += (RoomHandover, RoomChange)
    found = {place for each in said for place in rigid(about.type_info(each))}
    assert found == {"VoiceBundle.voices", "VoiceKept.frames", "VoiceRights.places"}


def test_what_a_later_version_adds_is_passed_over() -> None:
    for name, raw in samples.written().items():
        longer = msgspec.msgpack.encode([*msgspec.msgpack.decode(raw), {"more": True}])
        assert samples.read({name: longer}) == samples.read({name: raw})
    longer = msgspec.msgpack.encode([*msgspec.msgpack.decode(BEFORE["record"]), {"more": True}])
    with pytest.raises(OtherVersion):
        read_record("a", longer)
    later = write_record(msgspec.structs.replace(RECORD, protocol=2, oldest=1))
    found = msgspec.msgpack.decode(later)
    assert read_record("a", msgspec.msgpack.encode([*found, "more"])).protocol == 2


def test_kinds_of_a_later_version_are_passed_over_and_broken_messages_are_not() -> None:
    known = f.Gone(7)
    later = msgspec.msgpack.encode([99, {"what": "nobody knows"}])
    framed = len(later).to_bytes(4) + later
    passed_over: list[int] = []
    splitter = f.Splitter(passed_over.append)
    got = splitter.split(f.encode_all([known]) + framed + f.encode_all([known]), m.from_guests)
    assert got == [known, known]
    assert passed_over == [99]
    for broken in ([7], ["x"], [], 7, [7, "x"]):
        raw = msgspec.msgpack.encode(broken)
        with pytest.raises(ProtocolError):
            splitter.split(len(raw).to_bytes(4) + raw, m.from_guests)


@pytest.mark.parametrize(("protocol", "oldest"), [(3, 3), (2, 2)])
def test_servers_that_are_too_far_apart_are_told_so(protocol: int, oldest: int) -> None:
    theirs = write_record(msgspec.structs.replace(RECORD, protocol=protocol, oldest=oldest))
    with pytest.raises(OtherVersion, match=f"protocol {protocol} of clusters, and this one 1"):
        read_record("a", theirs)


def test_servers_before_the_oldest_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_record, "OLDEST", 2)
    monkeypatch.setattr(node_record, "PROTOCOL", 3)
    with pytest.raises(ConnectionFailed, match="protocol 1 of clusters, and this one 3"):
        read_record("a", BEFORE["record"])
