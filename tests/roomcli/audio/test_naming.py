"""Tests of the names of devices: which words are a name, and which never can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from roomcli.audio.naming import parse
from roomcli.errors import AudioError

from ...support.patience import PATIENCE


@pytest.mark.parametrize(
    ("spec", "kind", "rest"),
    [
        (None, "device", ""),
        ("", "device", ""),
        ("default", "device", ""),
        ("none", "none", ""),
        ("tone", "tone", ""),
        ("tone:660.5", "tone", "660.5"),
        ("file:talk.wav", "file", "talk.wav"),
        ("file:a:b.wav", "file", "a:b.wav"),
        ("fd:3", "pipe", "3"),
        ("Blue", "device", "Blue"),
        ("portaudio:hw:1,0", "portaudio", "hw:1,0"),
        ("portaudio:", "portaudio", ""),
        ("3", "device", "3"),
        (
            "HDA Intel PCH: ALC257 Analog (hw:0,0)",
            "device",
            "HDA Intel PCH: ALC257 Analog (hw:0,0)",
        ),
        ("USB 2.0 Camera", "device", "USB 2.0 Camera"),
        ("hw:1,0", "device", "hw:1,0"),
    ],
)
def test_words_are_a_device(spec: str | None, kind: str, rest: str) -> None:
    assert parse(spec) == (kind, rest)


def test_a_card_may_have_the_name_of_a_file_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pulse").touch()
    Path("notes.txt").touch()
    assert parse("pulse") == ("device", "pulse")
    for spec in ("notes.txt", f"{tmp_path}/pulse", "./pulse"):
        with pytest.raises(AudioError, match=f"say file:{spec}"):
            parse(spec)


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ("talk.wav", "say file:talk.wav"),
        ("My Talk.WAV", "say file:My Talk.WAV"),
        ("~/talk.mp3", "say file:~/talk.mp3"),
        ("file:", "needs a path"),
        ("file: ", "needs a path"),
        ("file", "did you mean file:…"),
        ("FILE:talk.wav", "did you mean file:talk.wav"),
        ("Tone:440", "did you mean tone:440"),
        ("-", "only the option --mic -"),
        *((f"fd:{number}", "is no pipe") for number in ("", "x", "0", "2", "-3", "3.5", "9" * 9)),
        ("NONE", "did you mean none"),
        ("Default", "did you mean default"),
        *((f"tone:{hertz}", "is no tone") for hertz in ("abc", "0", "-440", "nan", "inf", "4e9")),
    ],
)
def test_words_that_can_be_no_device_are_one_line(spec: str, line: str) -> None:
    with pytest.raises(AudioError) as caught:
        parse(spec)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pipe_that_nobody_reads_is_told_at_once_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for speaker in (True, False):
        with pytest.raises(AudioError, match=r"pipe\.wav is a pipe, and file: needs a file"):
            parse(f"file:{tmp_path}/pipe.wav", speaker=speaker)


def test_a_speaker_is_no_tone() -> None:
    with pytest.raises(AudioError, match="not a speaker"):
        parse("tone:440", speaker=True)
    assert parse("none", speaker=True) == ("none", "")


def test_names_are_read_without_sound() -> None:
    words = "import sys, roomcli.audio.naming; print('numpy' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, timeout=PATIENCE
    )
    assert told.stdout == "False\n"
