"""Fixtures of the tests of the command line: a server that its programs find by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ...support.serving import RunningServer, serving
from ..test_folders import settle


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """Run a server here, which is the configured one of somebody called Ann."""
    settle(monkeypatch, tmp_path)
    monkeypatch.setenv("ROOMCLI_NAME", "Ann")
    folder = tmp_path / "server"
    folder.mkdir()
    async with serving(folder) as running:
        monkeypatch.setenv("ROOMCLI_SERVER", f"ws://{running.address.authority}")
        yield running
