"""Tests that libpulse lays out its structures as we read them."""

from __future__ import annotations

import json
from ctypes import byref

import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio.pulse import layouts as at
from roomcli.audio.pulse.connection import connect
from roomcli.audio.pulse.library import Functions, load_functions
from roomcli.audio.pulse.sink import PulseOutput
from roomcli.audio.pulse.source import PulseInput
from roomcli.errors import AudioError


@pytest.fixture
def library() -> Functions:
    try:
        return load_functions()
    except AudioError as error:
        pytest.skip(f"needs libpulse: {error}")


def test_what_we_fill_in_is_read_by_the_library_as_it_was_meant(library: Functions) -> None:
    spec = at.SampleSpec(at.FLOAT32LE, 44_100, 3)
    assert library.pa_frame_size(byref(spec)) == 3 * 4
    assert library.pa_bytes_per_second(byref(spec)) == 44_100 * 3 * 4


def test_what_the_library_fills_in_is_read_as_it_was_meant(library: Functions) -> None:
    # Each is followed by what the library must not touch.
    for made in (at.ChannelMap, at.ChannelVolumes):
        before = (made * 2)()
        if made is at.ChannelMap:
            library.pa_channel_map_init_auto(before[0], 6, 0)
        else:
            library.pa_cvolume_set(before[0], 6, 0x10000)
        assert before[0].channels == 6
        assert before[1].channels == 0
    positions, volumes = at.ChannelMap(), at.ChannelVolumes()
    library.pa_channel_map_init_auto(positions, 6, 0)
    library.pa_cvolume_set(volumes, 6, 0x12345)
    assert list(positions.map[:3]) == [1, 8, 3], "left, left of center, center: AIFF"
    assert [volumes.values[each] for each in (0, 5)] == [0x12345, 0x12345]


def test_what_a_server_tells_of_its_cards_is_what_its_own_program_reads(
    desktop: SoundServer,
) -> None:
    desktop.null_sink("another", awake=False, description="Another")
    told = connect().survey()
    for kind, direction in (("sinks", "output"), ("sources", "input")):
        listed = json.loads(desktop.control("--format=json", "list", kind))
        ours = [each for each in told.endpoints if each.direction == direction]
        assert [(each.id, each.name) for each in ours] == [
            (each["name"], each["description"]) for each in listed
        ]
        for own, theirs in zip(ours, listed, strict=True):
            assert f"{own.channels}ch {own.rate}Hz" in theirs["sample_specification"]
            heard = theirs["properties"].get("device.class") == "monitor"
            assert own.is_monitor == (kind == "sources" and heard)
    about = json.loads(desktop.control("--format=json", "info"))
    assert told.default_output == about["default_sink_name"]
    assert told.default_input == about["default_source_name"]


def test_what_a_server_grants_is_what_its_own_program_reads(
    desktop: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SOURCE", "room.monitor")
    speaker, microphone = PulseOutput(), PulseInput()
    try:
        out, into = speaker._stream.granted, microphone._stream.granted
        assert 0 < out.minreq <= out.tlength < out.maxlength
        assert out.prebuf <= out.tlength
        assert 0 < into.fragsize < into.maxlength
        (listed,) = json.loads(desktop.control("--format=json", "list", "sink-inputs"))
        assert "float32le 1ch 48000Hz" in listed["sample_specification"]
        assert listed["properties"]["application.name"] == "roomcli"
        assert listed["properties"]["media.role"] == "phone"
    finally:
        speaker.close()
        microphone.close()
