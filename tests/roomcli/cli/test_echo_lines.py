"""Tests of what `roomcli echo` prints: news in lines, a meter only on a screen, a summary."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from roomcli.audio.soundcheck import SoundReport
from roomcli.cli import exits
from roomcli.cli.echo_lines import EchoLines
from roomcli.cli.main import main
from roomcli.engine.echo import EchoReport
from roomcli.engine.round_trips import RoundTrips
from roomcli.protocol.local import Connection, Device

WELL = SoundReport((), -24.0, -70.0, 0.0)
NOISY = SoundReport(("clipped", "noisy"), -24.0, -34.0, 0.0)
MICROPHONE = Device(kind="microphone", name="Built-in")


def trips(ms: float, count: int = 1) -> RoundTrips:
    made = RoundTrips()
    for number in range(count):
        made.sent(number, 1.0)
        made.came_back(number, 1.0 + ms / 1000)
    return made


async def told(lines: EchoLines, *news: EchoReport | Device | Connection) -> None:
    """Tell a test's news, each report for two seconds."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lines.run, nursery.cancel_scope)
        for each in news:
            for _ in range(20 if isinstance(each, EchoReport) else 1):
                lines.hear(each)
                await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    lines.finish()


async def test_a_reader_gets_a_line_only_when_something_changes(
    capsys: pytest.CaptureFixture[str], autojump_clock: trio.testing.MockClock
) -> None:
    lines = EchoLines(meter=False, silent=False)
    near, far = trips(20.0), trips(120.0)
    reports = [EchoReport(-30, WELL, 5.0, near), EchoReport(-20, WELL, 5.0, near)]
    reports += [EchoReport(-30, NOISY, 90.0, far), EchoReport(-30, WELL, 90.0, far)]
    await told(lines, MICROPHONE, *reports, Connection(state="reconnecting", text="gone"))
    said = capsys.readouterr().out
    assert "\r" not in said
    assert "\x1b" not in said
    good = "your sound is good: speech at -24 dBov, noise 46 dB below it"
    assert [line.partition(",")[0] for line in said.splitlines()] == [
        "microphone: Built-in",
        "voice back in 20 ms",
        good.partition(",")[0],
        "voice back in 120 ms",
        "too loud: your microphone distorts; lower its level in the sound settings",
        "noisy: your voice is only 10 dB above the noise",
        good.partition(",")[0],
        "the connection is lost: gone",
        "in all: voice back in 120 ms",
    ]
    assert good in said


async def test_a_screen_has_a_meter_below_the_lines(
    capsys: pytest.CaptureFixture[str], autojump_clock: trio.testing.MockClock
) -> None:
    lines = EchoLines(meter=True, silent=False)
    await told(lines, EchoReport(-30, WELL, 5.0, trips(20.0)))
    said = capsys.readouterr().out
    assert f"[{'#' * 12}{' ' * 12}]  -30 dBov  voice back in 20 ms" in said
    assert all(len(line) < 80 for line in said.replace("\n", "\r").split("\r"))
    assert said.endswith("in all: voice back in 20 ms, worst 20, 0 lost\n")


async def test_a_script_is_told_in_numbers_and_nothing_else_is_printed(
    capsys: pytest.CaptureFixture[str], autojump_clock: trio.testing.MockClock
) -> None:
    lines = EchoLines(meter=False, silent=True)
    await told(lines, MICROPHONE, EchoReport(-30, NOISY, 5.0, trips(20.0, 3)))
    assert capsys.readouterr().out == ""
    summary = lines.figures()
    assert len(summary.pop("said")) == 2  # type: ignore[arg-type]
    assert summary == {
        "ok": False,
        "findings": ["clipped", "noisy"],
        "speech_dbov": -24.0,
        "noise_dbov": -34.0,
        "clipped": 0.0,
        "link_rtt_ms": 5.0,
        "voice_rtt_ms": 20.0,
        "worst_voice_rtt_ms": 20.0,
        "frames_back": 3,
        "frames_lost": 0,
    }


@pytest.mark.parametrize("problem", ["it is busy", None])
async def test_without_a_microphone_nothing_is_good(
    problem: str | None, autojump_clock: trio.testing.MockClock
) -> None:
    lines = EchoLines(meter=False, silent=True)
    if problem:
        await told(lines, Device(kind="microphone", name="Built-in", problem=problem))
    summary = lines.figures()
    assert (summary["ok"], summary["findings"]) == (False, ["no_microphone"])
    assert summary["said"] == ([problem] if problem else [])


@pytest.mark.parametrize("seconds", ["0", "soon", "nan", "1e9"])
def test_a_length_that_makes_no_sense_is_refused(
    seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "--seconds", seconds]) == exits.WRONG_USAGE
    assert "--seconds is a number from 1 to 3600" in capsys.readouterr().err
