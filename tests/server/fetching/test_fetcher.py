"""Tests of fetching documents, from a site over TLS on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from server.fetching.fetcher import Document, Fetcher, FetchFailed
from server.fetching.targets import AllowedHost, AllowedHosts
from server.limits import FetchLimits, Rate, ServerLimits

from ...support.tls_site import NAME, NamesAt, TlsSite, open_site
from .test_public_addresses import PRIVATE_4, embeddings

KEYS = b"ssh-ed25519 AAAA ann\n"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TlsSite]:
    """A site that answers with keys."""
    async with open_site(tmp_path, lambda asked: (200, KEYS)) as opened:
        yield opened


def trusting(site: TlsSite, host: str = NAME) -> Fetcher:
    """Return a fetcher whose admin allows the site, by its own authority."""
    return Fetcher(AllowedHosts([AllowedHost(host, site.port, site.ca_file)]))


async def why_not(fetching: Fetcher, url: str, person: str = "") -> FetchFailed:
    """Return the error of fetching."""
    with pytest.raises(FetchFailed) as failed:
        await fetching.fetch(url, person=person)
    return failed.value


async def fetch_from(site: TlsSite, fetching: Fetcher, path: str = "/ann.keys") -> Document:
    """Fetch from the site by its name, wherever that name is."""
    trio.socket.set_custom_hostname_resolver(NamesAt("127.0.0.1"))
    return await fetching.fetch(f"https://{NAME}:{site.port}{path}")


async def test_what_the_admin_allows_is_fetched_by_its_name(site: TlsSite) -> None:
    document = await fetch_from(site, trusting(site))
    assert document == Document(200, KEYS)
    (asked,) = site.asked
    assert (asked.method, asked.path, asked.sni) == ("GET", "/ann.keys", NAME)
    assert asked.headers["host"] == f"{NAME}:{site.port}"
    assert "ssh" not in repr(document)


async def test_fields_are_posted(site: TlsSite) -> None:
    trio.socket.set_custom_hostname_resolver(NamesAt("127.0.0.1"))
    url = f"https://{NAME}:{site.port}/token"
    await trusting(site).fetch(url, form=b"code=1&x=2", headers={"Authorization": "Basic eDp5"})
    (asked,) = site.asked
    assert (asked.method, asked.body) == ("POST", b"code=1&x=2")
    assert asked.headers["authorization"] == "Basic eDp5"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "address",
    [*PRIVATE_4, *(each for one in PRIVATE_4[5:9] for each in embeddings(one)), "::1", "fe80::1"],
)
async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(address: str) -> None:
    class NoSocket(trio.abc.SocketFactory):
        def socket(self, *arguments: object) -> trio.socket.SocketType:
            raise AssertionError("connects")

    trio.socket.set_custom_hostname_resolver(NamesAt(address))
    trio.socket.set_custom_socket_factory(NoSocket())
    failed = await why_not(Fetcher(), "https://forge.example.org/")
    assert failed.why == "unreachable"


async def test_a_name_is_resolved_once_and_that_address_connected_to(
    site: TlsSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NamesAt("10.0.0.1", "127.0.0.1")
    trio.socket.set_custom_hostname_resolver(names)
    monkeypatch.setattr("server.fetching.fetcher.is_public", lambda address: address == "127.0.0.1")
    monkeypatch.setattr("server.fetching.targets.HTTPS_PORT", site.port)
    fetching = Fetcher()
    fetching._context(None).load_verify_locations(site.ca_file)
    assert (await fetching.fetch(f"https://{NAME}/")).body == KEYS
    assert names.asked == [NAME]


async def test_an_allowed_host_is_trusted_by_its_own_authority_only(site: TlsSite) -> None:
    trio.socket.set_custom_hostname_resolver(NamesAt("127.0.0.1"))
    fetching = Fetcher(AllowedHosts([AllowedHost(NAME, site.port)]))
    failed = await why_not(fetching, f"https://{NAME}:{site.port}/")
    assert failed.why == "unreachable"
    assert site.asked == []


async def test_a_certificate_of_another_name_is_refused(site: TlsSite) -> None:
    trio.socket.set_custom_hostname_resolver(NamesAt("127.0.0.1"))
    url = f"https://evil.example.org:{site.port}/"
    failed = await why_not(trusting(site, "evil.example.org"), url)
    assert failed.why == "unreachable"
    assert site.asked == []


async def test_a_certificate_that_is_too_old_is_refused(tmp_path: Path) -> None:
    async with open_site(tmp_path, lambda asked: (200, KEYS), days=-1) as site:
        with pytest.raises(FetchFailed) as failed:
            await fetch_from(site, trusting(site))
    assert failed.value.why == "unreachable"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_no_redirect_is_followed(site: TlsSite, status: int) -> None:
    there = f"https://{NAME}:{site.port}/there"
    head = f"HTTP/1.1 {status} X\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    site.answer = lambda asked: head.encode()
    with pytest.raises(FetchFailed) as failed:
        await fetch_from(site, trusting(site))
    assert failed.value.why == "redirected"
    assert len(site.asked) == 1
    assert "there" not in str(failed.value)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HEAD + b"Content-Length: 9999999\r\n\r\n" + b"a" * 200_000, "too_large"),
        (HEAD + b"\r\n" + b"a" * 200_000, "too_large"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 50_000, "too_large"),
        (HEAD + b"X: " + b"a" * 200_000, "no_http"),
        (HEAD + b"".join(b"X-%d: a\r\n" % each for each in range(20_000)), "no_http"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", "no_http"),
        (HEAD + b"Content-Length: 9\r\n\r\na", "no_http"),
        (HEAD + b"Content-Length: x\r\n\r\na", "no_http"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "no_http"),
        (b"", "no_http"),
    ],
)
async def test_what_is_too_long_or_no_http_is_refused(
    site: TlsSite, answer: bytes, why: str
) -> None:
    site.answer = lambda asked: answer
    with pytest.raises(FetchFailed) as failed:
        await fetch_from(site, trusting(site))
    assert failed.value.why == why


async def test_as_much_as_is_allowed_comes_whole(site: TlsSite) -> None:
    body = b"a" * 60_000
    site.answer = lambda asked: HEAD + b"\r\n" + body  # ends with the connection
    assert (await fetch_from(site, trusting(site))).body == body


async def test_an_answer_that_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    async def drip(*details: object) -> trio.abc.Stream:
        ours, theirs = trio.testing.memory_stream_pair()

        async def receive_some(limit: int | None = None) -> bytes:
            await trio.sleep(1)
            return HEAD if trio.current_time() < 2 else b"X: a\r\n"

        ours.receive_some = receive_some  # type: ignore[assignment]
        dripping.append(theirs)
        return ours

    dripping: list[object] = []
    monkeypatch.setattr(Fetcher, "_connected", drip)
    began = trio.current_time()
    failed = await why_not(Fetcher(), "https://forge.example.org/")
    assert failed.why == "too_slow"
    assert trio.current_time() - began == FetchLimits().seconds


async def test_a_name_that_nobody_resolves_is_given_up(
    autojump_clock: trio.testing.MockClock,
) -> None:
    class Silent(NamesAt):
        async def getaddrinfo(self, *details: Any, **more: Any) -> list[Any]:
            await trio.sleep_forever()
            raise AssertionError

    trio.socket.set_custom_hostname_resolver(Silent())
    failed = await why_not(Fetcher(), "https://forge.example.org/")
    assert failed.why == "too_slow"


async def test_each_target_and_each_person_has_a_limit(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    async def nothing(*details: object) -> Document:
        return Document(200, b"")

    monkeypatch.setattr(Fetcher, "_fetched", nothing)
    fetching = Fetcher()
    for number in range(int(FetchLimits().per_site.at_once)):
        await fetching.fetch("https://a.example/", person=f"p{number}")
    failed = await why_not(fetching, "https://a.example/", person="eve")
    assert failed.why == "limited"
    assert failed.retry_after
    for _ in range(int(FetchLimits().per_site.at_once)):  # what the server asks by itself
        await fetching.fetch("https://a.example/")
    assert (await why_not(fetching, "https://a.example/")).why == "limited"
    for number in range(int(FetchLimits().per_person.at_once)):
        await fetching.fetch(f"https://b{number}.example/", person="ann")
    failed = await why_not(fetching, "https://c.example/", person="ann")
    assert failed.why == "limited"
    await fetching.fetch("https://c.example/", person="bob")
    await trio.sleep(failed.retry_after or 0)
    await fetching.fetch("https://c.example/", person="ann")


async def test_the_admin_s_limits_hold_from_the_moment_that_they_change(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    async def slow(*details: object) -> Document:
        await trio.sleep(2)
        return Document(200, b"")

    monkeypatch.setattr(Fetcher, "_fetched", slow)
    limits = ServerLimits()
    fetching = Fetcher(limits=limits)
    for _ in range(3):
        await fetching.fetch("https://a.example/", person="ann")
    of_each = FetchLimits(per_person=Rate(0.01, 2), at_once=1, seconds=3)
    limits.take_over(ServerLimits(fetching=of_each))
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        for person in ("ann", "ann", "bob"):
            nursery.start_soon(partial(fetching.fetch, "https://a.example/", person=person))
    assert trio.current_time() - began == 6, "one at a time"
    assert (await why_not(fetching, "https://b.example/", person="ann")).why == "limited"
    limits.take_over(ServerLimits(fetching=FetchLimits(seconds=1)))
    assert (await why_not(fetching, "https://b.example/", person="ann")).why == "too_slow"


async def test_a_refused_target_is_neither_resolved_nor_counted() -> None:
    names = NamesAt("127.0.0.1")
    trio.socket.set_custom_hostname_resolver(names)
    fetching = Fetcher()
    for _ in range(100):
        failed = await why_not(fetching, "https://localhost/")
        assert failed.why == "target"
    assert names.asked == []
