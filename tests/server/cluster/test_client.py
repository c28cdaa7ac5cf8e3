"""Tests of asking a Valkey that does not answer."""

from __future__ import annotations

import signal

import pytest
import trio

from server.cluster import client

from ...support.patience import PATIENCE
from ...support.valkey import needed, own_valkey

pytestmark = needed("valkey")


async def test_nobody_waits_for_a_valkey_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.2)
    with own_valkey("valkey") as valkey, trio.fail_after(PATIENCE):
        async with client.make_client(valkey.address) as asking:
            assert await asking.incr("count") == 1
            valkey.process.send_signal(signal.SIGSTOP)
            with pytest.raises(OSError, match="timed out"):
                await asking.get("count")
            valkey.process.send_signal(signal.SIGCONT)
            assert await asking.get("count") == b"1"
