"""Tests of waiting for a browser that comes back from a sign-on."""

from __future__ import annotations

from urllib.parse import urlencode

import h11
import pytest
import trio
from msgspec.structs import replace

from roomcli.engine.redirect import open_redirect, read_answer
from roomcli.errors import CommandRefused, ConnectionFailed
from roomcli.protocol.events import SignOnBegun

ISSUER = "https://sso.acme.example"
BEGUN = SignOnBegun(issuer=ISSUER, attempt="a", sent_state="a state", url=ISSUER, until=1.0)
RIGHT = {"code": "a code", "state": "a state", "iss": ISSUER}
HERE = "127.0.0.1:50123"


def read(
    query: dict[str, str] | str, path: str = "/", method: str = "GET", host: str = HERE
) -> str | CommandRefused | None:
    """Read a browser's request."""
    text = query if isinstance(query, str) else urlencode(query)
    request = h11.Request(method=method, target=f"{path}?{text}", headers=[("Host", host)])
    return read_answer(request, HERE, BEGUN)


def test_the_code_of_this_sign_on_is_taken() -> None:
    assert read(RIGHT) == "a code"
    assert read({**RIGHT, "session_state": "x"}) == "a code"
    without = {"code": "a code", "state": "a state"}
    assert read(without) == "a code"


@pytest.mark.parametrize(
    "wrong",
    [
        {**RIGHT, "state": "another"},
        {**RIGHT, "state": ""},
        {"code": "a code", "iss": ISSUER},
        {**RIGHT, "iss": "https://evil.example"},
        {**RIGHT, "iss": f"{ISSUER}/"},
        {"state": "a state", "iss": ISSUER},
        {"error": "access_denied", "state": "another"},
    ],
)
def test_what_is_not_of_this_sign_on_is_waited_on(wrong: dict[str, str]) -> None:
    assert read(wrong) is None


def test_an_issuer_that_names_itself_has_to_do_so() -> None:
    text = urlencode({"code": "a code", "state": "a state"})
    request = h11.Request(method="GET", target=f"/?{text}", headers=[("Host", HERE)])
    assert read_answer(request, HERE, replace(BEGUN, names_issuer=True)) is None


def test_other_requests_are_not_taken() -> None:
    assert read(RIGHT, path="/favicon.ico") is None
    assert read(RIGHT, method="POST") is None
    assert read(RIGHT, host="evil.example") is None  # a name that was made to lead here
    assert read(f"{urlencode(RIGHT)}&code=other") is None
    assert read(f"{urlencode(RIGHT)}&state=other") is None


def test_a_refusal_of_the_issuer_ends_it() -> None:
    refused = read({"error": "access_denied", "state": "a state", "iss": ISSUER})
    assert isinstance(refused, CommandRefused)
    assert refused.code == "not_signed_on"


async def browse(port: int, query: dict[str, str]) -> bytes:
    """Come back as a browser."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        head = f"GET /?{urlencode(query)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        await stream.send_all(head.encode())
        return b"".join([part async for part in stream])


async def test_a_browser_comes_back_after_others_did() -> None:
    with trio.fail_after(60):
        async with open_redirect() as redirect, trio.open_nursery() as nursery:
            pages: list[bytes] = []

            async def come() -> None:
                pages.append(await browse(redirect.port, {**RIGHT, "state": "guess"}))
                pages.append(await browse(redirect.port, RIGHT))

            nursery.start_soon(come)
            assert await redirect.await_code(BEGUN, 60) == "a code"
    assert pages[0].startswith(b"HTTP/1.1 400")


async def test_nobody_who_comes_back_is_told_in_time() -> None:
    async with open_redirect() as redirect:
        with pytest.raises(ConnectionFailed, match="in time"):
            await redirect.await_code(BEGUN, 0.01)
