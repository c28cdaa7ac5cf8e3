"""Tests that a start begins with the buffers that the one before turned out to need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roomcli.audio.devices import buffer_sizes
from roomcli.audio.pulse.buffer_size import MOST, MOST_STEPS, BufferSize, remember, remembered
from roomcli.engine import device_memory
from roomcli.engine.device_memory import keep, memory_file, recall


@pytest.fixture(autouse=True)
def _start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    before = dict(remembered)
    remembered.clear()
    yield
    remembered.clear()
    remembered.update(before)


def test_what_grew_is_recalled_by_the_next_start_and_what_shrank_again_is_forgotten() -> None:
    remember("calm", 1)
    remember("headset", 3)
    remember("calm", 0)
    keep()
    remembered.clear()
    recall()
    assert buffer_sizes() == {"headset": 3}
    remember("headset", 0)
    keep()
    remembered.clear()
    recall()
    assert buffer_sizes() == {}


def test_who_needs_nothing_gets_no_file() -> None:
    keep()
    assert not memory_file().exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"grown": {"a": "b"}}', b'{"grown": {"a": -1, "b": 9999999999}}'],
)
def test_a_file_that_makes_no_sense_is_done_without(content: bytes) -> None:
    memory_file().write_bytes(content)
    recall()
    assert buffer_sizes() == {}
    remember("headset", 2)
    keep()
    remembered.clear()
    recall()
    assert buffer_sizes() == {"headset": 2}


def test_those_that_grew_last_are_kept_and_no_more_than_some() -> None:
    for number in range(device_memory.MOST_DEVICES + 10):
        remember(f"sink {number}", 1)
    remember("sink 0", 2)
    keep()
    remembered.clear()
    recall()
    assert len(buffer_sizes()) == device_memory.MOST_DEVICES
    assert buffer_sizes()["sink 0"] == 2
    assert "sink 1" not in buffer_sizes()


def test_no_remembered_size_is_more_than_the_most() -> None:
    assert BufferSize(MOST_STEPS).seconds == MOST
    assert BufferSize(MOST_STEPS - 1).seconds < MOST
