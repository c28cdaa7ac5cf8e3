"""Tests of the lean client where the server is not what the address says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio

from roomcli.errors import ConnectionFailed
from roomcli.load.lean_client import LeanClient

from ...support.serving import serving


@pytest.mark.parametrize(
    ("pin", "says"), [("0" * 64, "shows another certificate"), (None, "carries a pin, copy all")]
)
async def test_it_says_nothing_to_a_server_that_does_not_prove_itself(
    tmp_path: Path, pin: str | None, says: str
) -> None:
    async with serving(tmp_path, tls=True) as server:
        address = replace(server.room(), pin=pin)
        with pytest.raises(ConnectionFailed, match=says):
            await trio.to_thread.run_sync(LeanClient, address)


async def test_a_path_without_a_server_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        address = replace(server.room(), prefix="/elsewhere")
        with pytest.raises(ConnectionFailed, match=r"opens no WebSocket: .* 404"):
            await trio.to_thread.run_sync(LeanClient, address)
