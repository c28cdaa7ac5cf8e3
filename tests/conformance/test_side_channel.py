"""Tests that a reader of section 16 of docs/protocol.md understands its golden vectors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from .. import ROOT
from . import side_channel as channel
from .voice import decode_bundle

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors.json").read_text("utf-8"))["udp"]
SECRET = bytes.fromhex(VECTORS["secret"])
IDS = [bytes.fromhex(each) for each in VECTORS["ids"]]


def both_ways() -> list[channel.StrangerChannel]:
    return [channel.StrangerChannel(SECRET, IDS, direction) for direction in (0, 1)]


def test_a_stranger_imports_nothing_of_the_project(tmp_path: Path) -> None:
    source = (
        "import sys, tests.conformance.test_side_channel\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'roomcli', 'server'})"
    )
    told = subprocess.check_output(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert told.strip() == "set()"


def test_keys_are_derived_as_in_the_vectors() -> None:
    assert len(VECTORS["keys"]) == 8
    for told in VECTORS["keys"]:
        derived = channel.derive(SECRET, bytes.fromhex(told["id"]), told["direction"])
        assert [each.hex() for each in derived] == [told["info"], told["key"], told["salt"]]


def test_datagrams_are_sealed_and_opened_as_in_the_vectors() -> None:
    ways = both_ways()
    assert {told["direction"] for told in VECTORS["datagrams"]} == {0, 1}
    for told in VECTORS["datagrams"]:
        way, identity = ways[told["direction"]], bytes.fromhex(told["id"])
        message, data = bytes.fromhex(told["message"]), bytes.fromhex(told["bytes"])
        assert channel.nonce_of(way.keys[identity][1], told["counter"]).hex() == told["nonce"]
        assert way.seal(identity, told["counter"], message) == data
        assert way.open(data) == message


def test_what_is_refused_in_the_vectors_is_refused() -> None:
    ways = both_ways()
    for told in VECTORS["datagrams"]:
        ways[told["direction"]].open(bytes.fromhex(told["bytes"]))
    for told in VECTORS["refused"]:
        assert ways[told["direction"]].open(bytes.fromhex(told["bytes"])) is None, told["why"]


@pytest.mark.parametrize("told", VECTORS["replays"], ids=lambda told: str(told["counters"]))
def test_each_counter_is_taken_once_and_in_its_time(told: dict[str, Any]) -> None:
    window = channel.StrangerWindow()
    assert [window.takes(each) for each in told["counters"]] == told["taken"]


@pytest.mark.parametrize("told", VECTORS["receptions"], ids=lambda told: str(told["counters"]))
def test_what_came_is_told_as_in_the_vectors(told: dict[str, Any]) -> None:
    window = channel.StrangerWindow()
    for each in told["counters"]:
        window.takes(each)
    assert window.told(0) == told["reception"]


def test_acknowledgements_tell_receptions_as_in_the_vectors() -> None:
    for told in VECTORS["acks"]:
        ack, reception = channel.read_ack(bytes.fromhex(told["bytes"]))
        assert asdict(ack) == told["message"]
        assert reception == told["reception"]


def test_probes_are_those_of_the_vectors() -> None:
    for told in VECTORS["probes"]:
        data, token = bytes.fromhex(told["bytes"]), bytes.fromhex(told["token"])
        assert channel.read_probe(data) == (token, told["is_answer"])
        assert channel.write_probe(token, told["is_answer"]) == data


def test_bundles_are_cut_as_in_the_vectors() -> None:
    for told in VECTORS["bundles"]:
        parts = channel.cut(decode_bundle(bytes.fromhex(told["bytes"])))
        assert [each.hex() for each in parts] == told["datagrams"]
