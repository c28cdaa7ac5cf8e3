"""Tests of ``roomcli admin status --live``."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.cli import admin_live, exits
from roomcli.cli.admin_line import AdminText
from roomcli.cli.admin_live import LiveStatus
from roomcli.cli.main import main
from roomcli.errors import ConnectionFailed

DATA = Path("/data")


def test_one_that_is_gone_is_told_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[AdminText | ConnectionFailed] = [
        AdminText(
            200, b'roomcli_ready 1\nroomcli_voice_frames_sent_total{transport="tcp"} 5\n', []
        ),
        AdminText(
            200,
            b'roomcli_ready 1\nroomcli_voice_frames_sent_total{transport="tcp"} 55\n',
            ["the store is full"],
        ),
        ConnectionFailed("no server runs on /data"),
        AdminText(200, b"roomcli_ready 1\n", []),
    ]

    def ask_text(folder: Path, line: str) -> AdminText:
        assert (folder, line) == (DATA, "GET /metrics")
        answer = answers.pop(0)
        if isinstance(answer, ConnectionFailed):
            raise answer
        return answer

    monkeypatch.setattr(admin_live, "ask_text", ask_text)
    live = LiveStatus([DATA])
    first, second, gone, again = ("\n".join(live.lines(float(at))) for at in range(4))
    assert "frames/s" not in first
    assert "50 out" in second
    assert "the store is full" in second
    assert gone == "server on /data\n  no server runs on /data\nCtrl+C ends this"
    assert "ready" in again
    assert "frames/s" not in again


def test_without_a_terminal_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "status", "--live", "--data", "/nowhere"]) == exits.WRONG_USAGE
    assert "--json" in capsys.readouterr().err
