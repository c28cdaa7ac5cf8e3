"""Tests of the addresses of documents that the server takes from a stranger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fetching.targets import AllowedHost, AllowedHosts, BadTarget, Target

HOSTS = AllowedHosts([AllowedHost("git.acme.internal", 8443), AllowedHost("localhost", 8444)])


def test_a_name_is_asked_at_the_port_of_https() -> None:
    target = HOSTS.read_url("https://Git.Example.org/ann.keys?page=2")
    assert target == Target("git.example.org", 443, "/ann.keys?page=2")
    assert target.authority == "git.example.org"
    assert HOSTS.read_url("https://git.example.org:443").path == "/"


def test_the_admins_exception_is_for_exactly_one_host_and_port() -> None:
    assert HOSTS.read_url("https://git.acme.internal:8443/ann.keys").authority == (
        "git.acme.internal:8443"
    )
    assert HOSTS.read_url("https://localhost:8444/").host == "localhost"
    for other in ("git.acme.internal:8444", "a.git.acme.internal:8443", "localhost:8443"):
        with pytest.raises(BadTarget):
            HOSTS.read_url(f"https://{other}/")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://git.example.org/",
            "ftp://git.example.org/",
            "file:///etc/passwd",
            "gopher://a.b/",
        ),
        *(
            "//git.example.org/",
            "git.example.org",
            "",
            "https://",
            "https:///a",
            "https:git.example",
        ),
        *("https://git.example.org:8443/", "https://git.example.org:80/", "https://a.example:0/"),
        *("https://a.example:443:443/", "https://a.example:/", "https://a.example:x/"),
        *("https://ann@git.example.org/", "https://a:b@git.example.org/", "https://a.b@127.0.0.1/"),
        *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/"),
        *("https://0177.0.0.1/", "https://a.0x7f/", "https://[::1]/", "https://[::ffff:10.0.0.1]/"),
        *("https://localhost/", "https://intranet/", "https://a.example./", "https://.a.example/"),
        *(
            "https://a..example/",
            "https://-a.example/",
            "https://a_b.example/",
            "https://a.exa mple/",
        ),
        *("https://a.example/\r\nHost: b", "https://a.example/\x00", "https://a.example/ä"),
        *(
            "https://ä.example/",
            "https://\uff41.example/",
            "https://a。example/",
            "https://①②⑦.⓪.⓪.①/",
        ),
        *("https://a.example\\@b.example/", "https://a.example/#x", "https://a.example/#"),
        *("https://%61.example/", "https://a.example%00/", f"https://a.example/{'a' * 3000}"),
        *(f"https://{'a' * 64}.example/", f"https://{'a.' * 130}example/"),
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadTarget):
        HOSTS.read_url(url)


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_is_asked_is_one_line_to_one_name(host: str, path: str) -> None:
    try:
        target = AllowedHosts().read_url(f"https://{host}/{path}")
    except BadTarget:
        return
    assert target.port == 443
    assert target.path.isascii()
    assert target.path.isprintable()
    assert " " not in target.path
    assert set(target.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert not target.host.rpartition(".")[2].isdigit()
