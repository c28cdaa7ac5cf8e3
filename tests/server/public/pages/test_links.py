"""Tests of links: out to where strangers point, and within the server."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.public.pages.links import MAX_SHOWN, OutsideLink, outside_link, to_root


@pytest.mark.parametrize(
    ("url", "href", "text"),
    [
        ("https://acme.example", "https://acme.example/", "acme.example"),
        ("https://Acme.Example./", "https://acme.example/", "acme.example"),
        ("https://acme.example:443/a/", "https://acme.example/a/", "acme.example/a"),
        ("https://acme.example:8443/a", "https://acme.example:8443/a", "acme.example:8443/a"),
        (
            "https://acme.example/?q=%20#c",
            "https://acme.example/?q=%20#c",
            "acme.example?q=%20#c",
        ),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/", "[2001:db8::1]"),
        (
            "https://acme.example/é'<>",
            "https://acme.example/%C3%A9'%3C%3E",
            "acme.example/%C3%A9'%3C%3E",
        ),
        # What looks like another host to a reader is spelled as what it is: a Cyrillic letter, an
        # umlaut, a full-width dot, a soft hyphen.
        ("https://\u0430cme.example/", "https://xn--cme-5cd.example/", "xn--cme-5cd.example"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://acme\uff0eexample/", "https://acme.example/", "acme.example"),
        ("https://ac\u00adme.example/", "https://acme.example/", "acme.example"),
    ],
)
def test_a_link_is_spelled_as_where_it_leads(url: str, href: str, text: str) -> None:
    assert outside_link(url) == OutsideLink(href, text)


@pytest.mark.parametrize("slash", ["\u2044", "\u2215", "\u29f8", "\uff0f"])
def test_no_letter_passes_for_a_slash(slash: str) -> None:
    link = outside_link(f"https://good.example{slash}x.evil.example/")
    assert link is None or "xn--" in link.text


def test_a_long_address_is_shown_in_part_and_its_host_whole() -> None:
    link = outside_link("https://acme.example/" + "long/" * 50)
    assert link is not None
    assert (len(link.text), link.text[-1]) == (MAX_SHOWN, "…")
    assert link.text.startswith("acme.example/")


@settings(max_examples=100)
@given(st.text(max_size=30).map(lambda text: f"https://{text}") | st.text())
def test_whatever_is_given_the_link_is_ascii_and_of_https(text: str) -> None:
    link = outside_link(text)
    if link is not None:
        assert re.fullmatch(r"https://[a-z0-9.:\[\]_-]+(:\d+)?/[!-~]*", link.href)
        assert not set(link.href) & set('<>"\\ `{}|^')
        assert urlsplit(link.href).hostname is not None
        assert outside_link(link.href) == link


@pytest.mark.parametrize("path", ["/", "/events.atom", "/r/standup", "/c/readers/people"])
def test_the_way_to_the_front_page_holds_under_a_path_too(path: str) -> None:
    for base in ("https://rooms.example.org", "https://rooms.example.org/talk"):
        assert urljoin(base + path, to_root(path)) == f"{base}/"
        assert urljoin(base + path, f"{to_root(path)}c/readers") == f"{base}/c/readers"
