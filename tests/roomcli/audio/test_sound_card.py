"""Tests of sound cards that are missing, odd or dying."""

from __future__ import annotations

import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from roomcli.audio import devices, portaudio
from roomcli.audio.devices import list_devices, open_input, open_output
from roomcli.audio.resampling import _CUSHION
from roomcli.audio.samples import BLOCK, RATE
from roomcli.audio.sound_system import SoundSystem
from roomcli.errors import AudioError

from ...support.patience import PATIENCE
from .test_devices import pitch, sine


class FakeCards:
    """Replaces ``sounddevice`` with one card that supports only some rates and channels."""

    class PortAudioError(Exception):
        pass

    class CallbackAbort(Exception):
        pass

    def __init__(self, rates: tuple[int, ...], channels: tuple[int, ...]) -> None:
        self.rates, self.channels = rates, channels
        self.default = SimpleNamespace(device=(0, 0))
        self.stream: Any = None
        self.RawInputStream = self.RawOutputStream = self.open

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "ALSA"}]

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {
                "index": 0,
                "hostapi": 0,
                "name": "Odd Card",
                "max_input_channels": 2,
                "max_output_channels": 2,
                "default_samplerate": float(self.rates[0]),
            }
        ]

    def open(self, **options: Any) -> Any:
        if options["samplerate"] not in self.rates or options["channels"] not in self.channels:
            raise self.PortAudioError("Error opening: Invalid sample rate")
        nothing: Callable[[], None] = lambda: None  # noqa: E731
        methods = {"start": nothing, "abort": nothing, "close": nothing}
        self.stream = SimpleNamespace(**(options | methods | {"latency": 0.02}))
        return self.stream

    def _terminate(self) -> None:
        pass

    _initialize = _terminate


def use(monkeypatch: pytest.MonkeyPatch, cards: FakeCards) -> FakeCards:
    monkeypatch.setattr(portaudio, "library", lambda: cards)
    monkeypatch.setattr(devices, "find_sound_system", lambda: SoundSystem(False, "PortAudio"))
    return cards


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (48_000, 2), (44_100, 2), (16_000, 1)])
def test_card_of_any_rate_and_channels_is_a_microphone(
    monkeypatch: pytest.MonkeyPatch, rate: int, channels: int
) -> None:
    cards = use(monkeypatch, FakeCards((rate,), (channels,)))
    microphone = open_input()
    enough = threading.Event()
    microphone.start(lambda: enough.set() if microphone.ring.fill > 0.3 * RATE else None)
    sound = np.repeat(sine(0.5, rate), channels)
    for block in sound.reshape(-1, rate // 100 * channels):
        cards.stream.callback(block.tobytes(), rate // 100, None, None)
    assert enough.wait(PATIENCE)
    microphone.close()
    heard = microphone.ring.read(round(0.3 * RATE))[0]
    assert pitch(heard[RATE // 20 :]) == pytest.approx(500, abs=3)
    assert np.max(heard) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_callback_makes_no_arrays(monkeypatch: pytest.MonkeyPatch, channels: int) -> None:
    cards = use(monkeypatch, FakeCards((RATE,), (channels,)))
    noise = np.random.default_rng(0).normal(0.0, 0.1, (20, BLOCK, 2)).astype(np.float32)
    noise[::2, :, 0] *= 0.1  # now one side is louder, now the other: the mix changes with each
    blocks = [np.ascontiguousarray(block[:, :channels]).tobytes() for block in noise]
    cards_of = [(open_input(), cards.stream), (open_output(), cards.stream)]
    buffer = bytearray(blocks[0])
    for card, _ in cards_of:
        card.start(lambda: None)
    tracemalloc.start()
    try:
        for turn, block in enumerate(blocks):
            buffer[:] = block
            for _, stream in cards_of:
                tracemalloc.reset_peak()
                before = tracemalloc.get_traced_memory()[0]
                stream.callback(buffer, BLOCK, None, None)
                taken = tracemalloc.get_traced_memory()[1] - before
                assert turn < 3 or taken < BLOCK * 4, "as much as a block"
    finally:
        tracemalloc.stop()
    for card, _ in cards_of:
        assert card.failed is None
        card.close()


def wait_until_refilled(speaker: Any) -> None:
    """Wait until the thread that resamples, if there is one, has done what a block asked for."""
    resampler, until = speaker._resampler, time.monotonic() + PATIENCE
    while resampler is not None and resampler._card.fill < _CUSHION * resampler._block:
        assert time.monotonic() < until
        time.sleep(0)


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (48_000, 2), (44_100, 2)])
def test_card_of_any_rate_and_channels_is_a_speaker(
    monkeypatch: pytest.MonkeyPatch, rate: int, channels: int
) -> None:
    cards = use(monkeypatch, FakeCards((rate,), (channels,)))
    speaker = open_output()
    sound = sine(1.0, RATE)
    taken = threading.Semaphore(0)
    speaker.ring.write(sound)
    speaker.start(taken.release)
    played = []
    for _ in range(40):
        block = np.zeros(rate // 100 * channels, dtype=np.float32)
        cards.stream.callback(block, rate // 100, None, None)
        assert taken.acquire(timeout=PATIENCE), "wake after each block"
        wait_until_refilled(speaker)  # a card waits for 10 ms, this one for nothing
        played.append(block.reshape(-1, channels))
    speaker.close()
    heard = np.concatenate(played)
    assert np.array_equal(heard[:, 0], heard[:, -1])
    settled = heard[rate // 10 :, 0]
    spectrum = np.abs(np.fft.rfft(settled * np.hanning(len(settled)), 1 << 18))
    assert float(np.argmax(spectrum)) * rate / (1 << 18) == pytest.approx(500, abs=5)


def test_card_that_refuses_everything_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeCards((44_100,), ()))
    with pytest.raises(AudioError, match=r"Odd Card.*is it busy") as caught:
        open_input("odd")
    assert "\n" not in str(caught.value)


def test_unknown_card_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeCards((48_000,), (1,)))
    with pytest.raises(AudioError, match="0 Odd Card"):
        open_output("headset")


def test_two_cards_that_disagree_on_rate_are_used_together(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = use(monkeypatch, FakeCards((44_100,), (2,)))
    microphone = open_input()
    fast = use(monkeypatch, FakeCards((96_000,), (1,)))
    speaker = open_output()
    heard, played = threading.Event(), threading.Event()
    microphone.start(lambda: heard.set() if microphone.ring.fill >= RATE // 10 else None)
    speaker.start(played.set)
    sound = np.repeat(sine(0.3, 44_100), 2)
    for block in sound.reshape(-1, 882):
        slow.stream.callback(block.tobytes(), 441, None, None)
    assert heard.wait(PATIENCE)
    speaker.ring.write(microphone.ring.read(RATE // 10)[0])
    fast.stream.callback(np.zeros(960, dtype=np.float32), 960, None, None)
    assert played.wait(PATIENCE)
    microphone.close()
    speaker.close()
    assert (microphone.failed, speaker.failed) == (None, None)


def test_a_card_that_comes_back_with_another_rate_is_used_at_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards = use(monkeypatch, FakeCards((48_000,), (1,)))
    microphone = open_input()
    microphone.start(lambda: None)
    cards.rates = (44_100,)
    cards.stream.finished_callback()
    assert microphone.failed is not None
    microphone.close()
    again = open_input()
    came = threading.Event()
    again.start(came.set)
    for block in sine(0.2, 44_100).reshape(-1, 441):
        cards.stream.callback(block.tobytes(), 441, None, None)
    assert came.wait(PATIENCE)
    again.close()
    assert again.failed is None


@pytest.mark.parametrize("opens", [open_input, open_output])
def test_what_goes_wrong_in_a_callback_ends_that_stream_and_is_told(
    monkeypatch: pytest.MonkeyPatch, opens: Callable[[], Any]
) -> None:
    cards = use(monkeypatch, FakeCards((48_000,), (1,)))
    device = opens()

    def stumble() -> None:
        raise RuntimeError("stumbled")

    device.start(stumble)
    with pytest.raises(FakeCards.CallbackAbort):  # what PortAudio takes for the end of a stream
        cards.stream.callback(np.zeros(BLOCK, dtype=np.float32), BLOCK, None, None)
    assert "stumbled" in str(device.check(0.0))
    device.close()


def at(current: float, captured: float = 0.0, played: float = 0.0) -> Any:
    """Return the times of a block as PortAudio gives them."""
    return SimpleNamespace(
        currentTime=current, inputBufferAdcTime=captured, outputBufferDacTime=played
    )


def test_the_latency_is_what_the_card_tells_with_each_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards = use(monkeypatch, FakeCards((48_000,), (1,)))
    speaker, block = open_output(), np.zeros(BLOCK, dtype=np.float32)
    speaker.start(lambda: None)
    assert speaker.latency == 0.02
    for number in range(100):
        cards.stream.callback(block, BLOCK, at(number, played=number + 0.05), None)
    assert speaker.latency == pytest.approx(0.05, abs=0.001)
    for nonsense in (0.0, -3.0, 1e9):  # some drivers tell no time, or none that is true
        cards.stream.callback(block, BLOCK, at(5.0, played=5.0 + nonsense), None)
    assert speaker.latency == pytest.approx(0.05, abs=0.001)
    speaker.close()
    microphone = open_input()
    microphone.start(lambda: None)
    for number in range(100):  # 30 ms after its first sample, which is 20 after its last
        cards.stream.callback(block.tobytes(), BLOCK, at(number, captured=number - 0.03), None)
    assert microphone.latency == pytest.approx(0.02, abs=0.001)
    assert microphone.failed is None
    microphone.close()


def test_silent_death_of_a_card_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = use(monkeypatch, FakeCards((48_000,), (1,)))
    microphone = open_input()
    assert microphone.check(-100.0) is None
    assert microphone.check(-90.0) is None, "not started"
    microphone.start(lambda: None)
    for second in range(20):
        cards.stream.callback(bytes(4 * BLOCK), BLOCK, None, None)
        assert microphone.check(float(second)) is None
    assert microphone.check(19.9) is None
    failed = microphone.check(27.0)
    assert failed is not None
    assert "unplugged" in failed
    assert "--" not in failed, "what to do depends on where one is"
    microphone.close()


def test_stream_that_stops_by_itself_has_failed_and_wakes_its_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards = use(monkeypatch, FakeCards((48_000,), (1,)))
    speaker = open_output()
    woken = threading.Event()
    speaker.start(woken.set)
    cards.stream.finished_callback()
    assert woken.is_set()
    assert speaker.check(0.0) is not None
    speaker.close()


def test_closing_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = use(monkeypatch, FakeCards((48_000,), (1,)))
    speaker = open_output()
    speaker.start(lambda: None)
    speaker.close()
    speaker.close()
    cards.stream.finished_callback()
    assert speaker.failed is None


def test_missing_portaudio_is_one_line_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setattr(devices, "find_sound_system", lambda: SoundSystem(False, "PortAudio"))
    for call in (open_input, open_output, list_devices):
        with pytest.raises(AudioError, match="libportaudio2") as caught:
            call()
        assert "\n" not in str(caught.value)
    open_input("none").close()
