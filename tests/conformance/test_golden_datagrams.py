"""Tests that hold the code of the UDP side channel against the golden vectors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomcli.protocol.audio import Ack, decode_bundle
from roomcli.protocol.datagrams import Probe, ReceptionReport, cut_bundle, decode_probe, split_ack
from roomcli.wire.udp.keys import Direction, derive_key
from roomcli.wire.udp.replay import ReplayWindow
from roomcli.wire.udp.sealing import Sealer
from roomcli.wire.udp.side_channel import SideChannel

from .. import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors.json").read_text("utf-8"))["udp"]
SECRET = bytes.fromhex(VECTORS["secret"])
IDS = [bytes.fromhex(each) for each in VECTORS["ids"]]


def receivers() -> dict[int, SideChannel]:
    """Return who gets the datagrams of each direction."""
    return {int(each): SideChannel(SECRET, IDS, each.other) for each in Direction}


def test_keys_are_those_of_the_vectors() -> None:
    for told in VECTORS["keys"]:
        key = derive_key(SECRET, bytes.fromhex(told["id"]), Direction(told["direction"]))
        assert (key.key.hex(), key.salt.hex()) == (told["key"], told["salt"])


def test_datagrams_are_those_of_the_vectors_and_nothing_refused_is_taken() -> None:
    ends = receivers()
    for told in VECTORS["datagrams"]:
        identity, message = bytes.fromhex(told["id"]), bytes.fromhex(told["message"])
        key = derive_key(SECRET, identity, Direction(told["direction"]))
        datagram = Sealer(identity, key, told["counter"]).seal(message)
        assert datagram.hex() == told["bytes"]
        opened = ends[told["direction"]].unseal(datagram)
        assert opened
        assert opened[:2] == (message, told["counter"])
    for told in VECTORS["refused"]:
        end = ends[told["direction"]]
        assert end.unseal(bytes.fromhex(told["bytes"])) is None, told["why"]


@pytest.mark.parametrize("told", VECTORS["replays"], ids=lambda told: str(told["counters"]))
def test_counters_are_taken_as_in_the_vectors(told: dict[str, Any]) -> None:
    window, taken = ReplayWindow(), []
    for counter in told["counters"]:
        taken.append(window.may_take(counter))
        if taken[-1]:
            window.mark_taken(counter)
    assert taken == told["taken"]


@pytest.mark.parametrize("told", VECTORS["receptions"], ids=lambda told: str(told["counters"]))
def test_receptions_are_those_of_the_vectors(told: dict[str, Any]) -> None:
    window = ReplayWindow()
    for counter in told["counters"]:
        if window.may_take(counter):
            window.mark_taken(counter)
    assert window.reception(0) == ReceptionReport(**told["reception"])


def test_acknowledgements_with_receptions_are_those_of_the_vectors() -> None:
    for told in VECTORS["acks"]:
        ack = Ack(**told["message"])
        reception = ReceptionReport(**told["reception"]) if told["reception"] else None
        data = ack.encode() + (reception.encode() if reception else b"")
        assert data.hex() == told["bytes"]
        assert split_ack(data) == (ack, reception)


def test_probes_are_those_of_the_vectors() -> None:
    for told in VECTORS["probes"]:
        probe = Probe(bytes.fromhex(told["token"]), told["is_answer"])
        assert probe.encode().hex() == told["bytes"]
        assert decode_probe(probe.encode()) == probe


def test_bundles_are_cut_as_in_the_vectors() -> None:
    for told in VECTORS["bundles"]:
        bundle = decode_bundle(bytes.fromhex(told["bytes"]))
        entries = [entry.encode() for entry in bundle.entries]
        parts = cut_bundle(bundle.media_time, entries, bundle.visit)
        assert [each.hex() for each in parts] == told["datagrams"]
