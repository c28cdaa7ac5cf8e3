"""Tests of a sound server's microphones and speakers, on PulseAudio and on PipeWire."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from benchmarks import realtime
from benchmarks.sound_server import SoundServer
from roomcli.audio.devices import list_devices, look_for_input, open_input, open_output
from roomcli.audio.pulse.buffer_size import remember, remembered
from roomcli.audio.pulse.connection import PulseConnection, connect
from roomcli.audio.pulse.sink import PulseOutput
from roomcli.audio.samples import BLOCK, RATE, Samples
from roomcli.errors import AudioError

from ....support.patience import PATIENCE
from ..test_devices import pitch, sine


def settled(until: Callable[[], object]) -> bool:
    """Wait until ``until`` is true; whether it came to be."""
    deadline = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def pitches(sound: Samples) -> list[float]:
    """Return the pitch of each tenth of a second, in Hz."""
    tenth = RATE // 10
    return [pitch(sound[at : at + tenth]) for at in range(0, len(sound) - tenth + 1, tenth)]


def is_silent(connection: PulseConnection) -> bool:
    """Whether the server no longer answers."""
    try:
        connection.survey()
    except AudioError:
        return True
    return False


def noting(names: list[str]) -> Callable[[PulseOutput, str, object], None]:
    """Return what sets an attribute of speakers and notes each name that they take."""

    def set_attribute(speaker: PulseOutput, attribute: str, value: object) -> None:
        object.__setattr__(speaker, attribute, value)
        if attribute == "name":
            names.append(str(value))

    return set_attribute


@contextmanager
def playing(spec: str | None = None) -> Iterator[PulseOutput]:
    """Play silence as the engine does: a block or two are always ready."""
    speaker = open_output(spec)
    assert isinstance(speaker, PulseOutput)

    def feed() -> None:
        while speaker.ring.fill < 2 * BLOCK:
            speaker.ring.write(np.zeros(BLOCK, dtype=np.float32))

    feed()
    speaker.start(feed)
    try:
        yield speaker
    finally:
        speaker.close()


def test_speakers_play_what_a_microphone_hears(desktop: SoundServer) -> None:
    # A card of another rate and other channels: the server fits them.
    odd = ("sink_name=cd", "rate=44100", "channels=6", "sink_properties=device.description=CD")
    desktop.control("load-module", "module-null-sink", *odd)
    (card,) = [card for card in list_devices() if card.name == "CD"]
    assert (card.rate, card.outputs) == (44_100, 6)
    speaker, microphone = open_output("cd"), open_input("cd.monitor")
    heard: list[np.ndarray] = []
    sound, at, enough = sine(60.0, RATE), 0, threading.Event()

    def feed() -> None:
        nonlocal at
        while speaker.ring.fill < 4 * BLOCK:
            speaker.ring.write(sound[at : at + BLOCK])
            at += BLOCK

    def listen() -> None:
        heard.append(microphone.ring.read(microphone.ring.fill)[0])
        if np.abs(heard[-1]).max(initial=0.0) > 0.01 and sum(map(len, heard)) > RATE:
            enough.set()

    feed()
    microphone.start(listen)
    speaker.start(feed)
    try:
        assert enough.wait(PATIENCE), (speaker.check(0.0), microphone.check(0.0))
    finally:
        speaker.close()
        microphone.close()
    assert speaker.kind == "device"
    assert speaker.name == "CD"
    assert (speaker.failed, microphone.failed) == (None, None)
    assert 0 < speaker.latency < 1
    # A busy machine may stumble, but not in every tenth of a second.
    assert 500 in {round(each, -1) for each in pitches(np.concatenate(heard))}


def test_the_default_is_followed_and_a_card_that_was_asked_for_is_not_left(
    desktop: SoundServer,
) -> None:
    desktop.null_sink("other", awake=False, description="Other")
    desktop.control("set-default-sink", "room")
    with playing() as default, playing("room") as named:
        assert settled(lambda: default.name == "Room")
        desktop.control("set-default-sink", "other")
        assert settled(lambda: default.name == "Other")
        assert named.name == "Room"
        desktop.control("set-default-sink", "room")
        assert settled(lambda: default.name == "Room")


def test_another_card_stands_in_for_one_that_is_unplugged_until_it_is_back(
    desktop: SoundServer,
) -> None:
    module = desktop.null_sink("headset", awake=False, description="Headset")
    desktop.control("set-default-sink", "room")
    with playing("headset") as speaker:
        assert speaker.name == "Headset"
        desktop.control("unload-module", module)
        assert settled(lambda: speaker.name == "Room, until Headset is back")
        desktop.null_sink("headset", awake=False, description="Headset")
        assert settled(lambda: speaker.name == "Headset")
        before = speaker._calls
        assert settled(lambda: speaker._calls > before), "it plays there"
        assert speaker.failed is None


def test_a_person_is_told_of_no_card_by_the_servers_own_name_for_it(
    desktop: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made the default as soon as it comes is played on before it is known."""
    names: list[str] = []
    monkeypatch.setattr(PulseOutput, "__setattr__", noting(names), raising=False)
    module = desktop.null_sink("headset", awake=False, description="Headset")
    desktop.control("set-default-sink", "headset")
    with playing() as speaker, playing("headset") as named:
        names.clear()
        for _ in range(3):  # five refusals within 10 s are too many for a stream
            desktop.control("unload-module", module)
            assert settled(lambda: speaker.name == "Room")
            assert settled(lambda: named.name == "Room, until Headset is back")
            module = desktop.null_sink("headset", awake=False, description="Headset")
            desktop.control("set-default-sink", "headset")
            assert settled(lambda: speaker.name == named.name == "Headset")
    assert set(names) == {"Room", "Room, until Headset is back", "Headset"}


def test_a_card_that_changes_its_rate_is_played_on_at_the_new_one(desktop: SoundServer) -> None:
    module = desktop.null_sink("usb", awake=False, description="USB")
    with playing("usb") as speaker:
        assert settled(lambda: speaker._calls)
        desktop.control("unload-module", module)  # as a card does whose profile changes
        assert settled(lambda: "until USB is back" in speaker.name)
        name = "sink_properties=device.description=USB"
        desktop.control("load-module", "module-null-sink", "sink_name=usb", "rate=44100", name)
        assert settled(lambda: speaker.name == "USB")
        before = speaker._calls
        assert settled(lambda: speaker._calls > before)
        assert speaker.failed is None


def test_what_is_granted_is_read_back_anew_while_the_stream_runs(desktop: SoundServer) -> None:
    with playing() as speaker:
        assert settled(lambda: speaker._calls > 10)
        assert speaker.buffered is not None
        assert speaker.buffered >= 0.005
        speaker.latency = 9.0  # and this is no longer true
        assert settled(lambda: 0.0 < speaker.latency < 2.0), "the server tells it again and again"
    microphone = open_input("room.monitor")
    microphone.start(lambda: None)
    microphone.latency = 9.0
    assert settled(lambda: microphone.latency < 2.0)
    assert microphone.buffered is not None
    microphone.close()


def test_a_stream_begins_with_the_buffer_that_the_card_needed_before(pulse: SoundServer) -> None:
    remember("room", 3)
    try:
        for spec in (None, "room"):  # also where the default leads there
            with playing(spec) as speaker:
                assert speaker.size.grown == 3
    finally:
        remembered.pop("room")


def test_without_any_card_the_stream_fails_and_says_so(pulse: SoundServer) -> None:
    modules = pulse.control("list", "short", "modules").splitlines()
    (sink,) = [line.split()[0] for line in modules if "module-null-sink" in line]
    with playing() as speaker:
        pulse.control("unload-module", sink)
        assert settled(lambda: speaker.failed)
        assert "there is no other" in str(speaker.failed)
        with pytest.raises(AudioError, match="no speakers found"):
            open_output()


def test_what_the_speakers_play_never_stands_in_for_a_microphone(pulse: SoundServer) -> None:
    with pytest.raises(AudioError, match="no microphone found"):
        open_input()
    module = pulse.control(
        "load-module", "module-remap-source", "master=room.monitor", "source_name=usb"
    )
    for spec in ("default", "usb"):
        microphone = open_input(spec)
        microphone.start(lambda: None)
        assert microphone.failed is None
        pulse.control("unload-module", module)
        assert settled(lambda each=microphone: each.failed)  # type: ignore[misc]
        microphone.close()
        module = pulse.control(
            "load-module", "module-remap-source", "master=room.monitor", "source_name=usb"
        )


def test_a_server_that_is_killed_fails_its_streams_and_serves_again_once_it_is_back(
    desktop: SoundServer,
) -> None:
    with playing() as speaker:
        assert settled(lambda: speaker._calls)
        desktop.close()
        assert settled(lambda: speaker.failed)
        assert "the sound server has gone" in str(speaker.failed)
        with pytest.raises(AudioError, match="no sound server answers"):
            open_output()
    desktop.run()
    desktop.null_sink("room", description="Room")
    with playing() as speaker:
        assert settled(lambda: speaker._calls)


def test_a_server_that_hangs_is_noticed_and_holds_nobody_up(desktop: SoundServer) -> None:
    speaker = open_output()
    speaker.start(lambda: None)
    desktop.pause()
    try:
        connection = connect()
        assert settled(lambda: is_silent(connection))
        assert speaker.check(0.0) is None
        assert "no sign of life" in str(speaker.check(60.0))
        with pytest.raises(AudioError, match="does not answer within 1 s"):
            open_output()
        speaker.close()
    finally:
        desktop.pause(signal.SIGCONT)


def test_a_stream_that_gets_nothing_goes_on_in_silence(desktop: SoundServer) -> None:
    speaker = open_output()
    speaker.start(lambda: None)
    try:
        assert settled(lambda: speaker.ring.underruns > RATE // 10)
        assert speaker.failed is None
    finally:
        speaker.close()


def test_a_stream_that_keeps_running_dry_holds_more(desktop: SoundServer) -> None:
    with playing() as speaker:
        before = speaker.buffered or 0.0
        now = time.monotonic()
        times = iter((now, now + 30.0))  # what was long ago would be no reason to hold more

        def stall() -> None:
            assert speaker._stream.handle is not None
            if speaker.size.run_dry(next(times)):
                speaker._resize(speaker._stream.handle)

        speaker._connection.mainloop.run_there(lambda: speaker.size.settle(0.0), PATIENCE)
        for _ in range(2):
            speaker._connection.mainloop.run_there(stall, PATIENCE)
        assert settled(lambda: (speaker.buffered or 0.0) > before)
        assert f"({speaker.size.seconds * 1000:.1f} asked for)" in speaker.description
        assert settled(lambda: realtime.LATENESS.search(speaker.description))


def test_cards_are_listed_by_the_names_that_the_desktop_shows(desktop: SoundServer) -> None:
    (room,) = [card for card in list_devices() if card.name == "Room"]
    assert (room.inputs, room.outputs, room.default_output) == (0, 2, True)
    assert room.host_api.startswith(("PulseAudio", "PipeWire"))
    with pytest.raises(AudioError, match=r"no speakers called 'Horn'; there are: .*Room"):
        open_output("Horn")
    with pytest.raises(AudioError, match="no microphone called 'Room'"):
        look_for_input("Room")
    look_for_input("room.monitor").close()


def test_an_owner_that_raises_fails_its_own_stream_alone(pulse: SoundServer) -> None:
    def stumble() -> None:
        raise RuntimeError("stumbled")

    broken = open_output()
    with playing() as sound:
        broken.start(stumble)
        assert settled(lambda: broken.failed)
        assert "stumbled" in str(broken.failed)
        before = sound._calls
        assert settled(lambda: sound._calls > before)
        assert sound.failed is None
    broken.close()
    broken.close()
