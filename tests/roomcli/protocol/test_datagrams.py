"""Tests of what is inside datagrams: probes, receptions, and bundles that are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol.audio import Ack, BundleEntry, Flags, decode_bundle, join_entries
from roomcli.protocol.datagrams import (
    LARGEST_BUNDLE,
    TOKEN,
    Probe,
    ReceptionReport,
    cut_bundle,
    decode_probe,
    split_ack,
)
from roomcli.protocol.side_channel import IDENTITIES

TIMES = st.integers(0, 2**63 - 1)
ENTRIES = st.builds(
    BundleEntry,
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.just(Flags.NONE),
    st.integers(-127, 0),
    st.integers(1, 1275).map(bytes),
)


@given(st.binary(min_size=TOKEN, max_size=TOKEN), st.booleans())
def test_probes_survive_the_wire(token: bytes, is_answer: bool) -> None:
    probe = Probe(token, is_answer)
    assert decode_probe(probe.encode()) == probe


@pytest.mark.parametrize(
    "message",
    [b"\x03", b"\x03\x01" + bytes(7), b"\x03\x01" + bytes(9), b"\x03\x00" + bytes(8)],
    ids=["kind only", "short", "long", "type"],
)
def test_probes_out_of_range_are_refused(message: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        decode_probe(message)
    assert error.value.code == "bad_message"


@st.composite
def receptions(draw: st.DrawFn) -> ReceptionReport:
    newest = draw(st.integers(0, 2**32 - 1))
    received = draw(st.integers(1, min(newest + 1, 2**32 - 1)))
    runs = draw(st.integers(0, newest + 1 - received))
    return ReceptionReport(draw(st.integers(0, IDENTITIES - 1)), newest, received, runs)


@given(st.one_of(st.none(), st.integers(0, 65_535)), st.one_of(st.none(), receptions()))
def test_an_acknowledgement_may_tell_a_reception(
    delay: int | None, reception: ReceptionReport | None
) -> None:
    ack = Ack(48_000, 5, 4, 3, 2, delay)
    message = ack.encode() + (reception.encode() if reception else b"")
    assert split_ack(message) == (ack, reception)


@pytest.mark.parametrize(
    "reception",
    [
        ReceptionReport(IDENTITIES, 5, 6, 0),
        ReceptionReport(0, 5, 7, 0),
        ReceptionReport(0, 5, 0, 6),
        ReceptionReport(0, 5, 4, 3),
    ],
    ids=["id", "more than were sent", "nothing", "runs"],
)
def test_receptions_that_cannot_be_are_refused(reception: ReceptionReport) -> None:
    with pytest.raises(ProtocolError) as error:
        split_ack(Ack(0, 1).encode() + reception.encode())
    assert error.value.code == "bad_ack"


@pytest.mark.parametrize("size", [0, 1, 29, 31, 33, 42, 44, 46])
def test_acknowledgements_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(ProtocolError) as error:
        split_ack((b"\x02" + bytes(size))[:size])
    assert error.value.code == "bad_ack"


@given(TIMES, st.lists(ENTRIES, max_size=12), st.integers(0, 255))
def test_a_bundle_is_cut_between_entries_and_each_part_plays_alone(
    media_time: int, entries: list[BundleEntry], visit: int
) -> None:
    parts = cut_bundle(media_time, [each.encode() for each in entries], visit)
    decoded = [decode_bundle(part) for part in parts]
    assert [entry for bundle in decoded for entry in bundle.entries] == entries
    assert {(bundle.media_time, bundle.visit) for bundle in decoded} == {(media_time, visit)}
    for part, bundle in zip(parts, decoded, strict=True):
        assert len(part) <= LARGEST_BUNDLE or len(bundle.entries) == 1
    # Nothing is cut that would fit together with what is before it.
    for bundle, after in pairwise(decoded):
        together = [each.encode() for each in (*bundle.entries, after.entries[0])]
        assert len(join_entries(0, together)) > LARGEST_BUNDLE


def test_what_fits_is_left_whole() -> None:
    entries = [BundleEntry(n, 1, 5, 960, Flags.NONE, -20, bytes(107)).encode() for n in range(10)]
    assert len(join_entries(0, entries)) == LARGEST_BUNDLE
    assert cut_bundle(7, entries, 3) == [join_entries(7, entries, 3)]
    assert cut_bundle(7, [], 3) == [join_entries(7, [], 3)]
