"""Tests of lines that are put together from pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.lines import LineSplitter


@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line)), st.data())
def test_lines_are_the_same_whatever_the_pieces(lines: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(line + b"\n" for line in lines) + b"the rest"
    splitter = LineSplitter(8)
    found: list[bytes | None] = []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        found += splitter.feed(sent[:size])
        sent = sent[size:]
    assert found == [line if len(line) <= 8 else None for line in lines]
    assert splitter.rest() == b"the rest"


def test_a_line_that_never_ends_takes_no_memory() -> None:
    splitter = LineSplitter(10)
    told = [splitter.feed(b"x" * 10) for _ in range(1000)]
    assert told == [[], [None], *998 * [[]]]
    assert splitter.rest() == b""
    assert splitter.feed(b"\nnext\n") == [b"next"]
