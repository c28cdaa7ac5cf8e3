"""Tests of what real servers say of their reign."""

from __future__ import annotations

from server.cluster.address import ValkeyAddress
from server.cluster.connection import connected
from server.cluster.reign import UNKNOWN, Reign, read_reign

from ...support.valkey import both_kinds
from ...support.valkey_pair import valkey_pair

SINCE_LONG = b"# Server\r\nrun_id:a1\r\nuptime_in_seconds:77\r\n# Replication\r\n"
NEVER_A_COPY = b"master_replid:b2\r\nmaster_replid2:" + b"0" * 40 + b"\r\n"


def test_how_long_a_reign_lasts_is_known_where_it_followed_no_other() -> None:
    reign = read_reign(SINCE_LONG + NEVER_A_COPY)
    assert (reign.run, reign.history, reign.known_for) == (b"a1", b"b2", 77)
    assert read_reign(SINCE_LONG + NEVER_A_COPY.replace(b"00", b"c3")).known_for == 0
    assert read_reign(b"nothing") == read_reign(None) == UNKNOWN


@both_kinds
async def test_a_copy_that_takes_over_begins_another_reign(kind: str) -> None:
    async with valkey_pair(kind) as pair:
        await pair.catch_up()
        first = await told(pair.first.address)
        assert await told(pair.first.address) == first
        await pair.fail_over()
        assert await told(pair.copy.address) not in (first, UNKNOWN)


async def told(address: ValkeyAddress) -> Reign:
    """Return the reign of the server at this address."""
    async with connected(address) as asking:
        return read_reign(await asking.call("INFO"))
