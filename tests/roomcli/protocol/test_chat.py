"""Tests of what deserves attention in a chat message: web addresses, and one's own name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.chat import links, mentions


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://example.org", ["https://example.org"]),
        ("http://a.example/b?c=d&e=%20#f", ["http://a.example/b?c=d&e=%20#f"]),
        ("(https://example.org/x), or", ["https://example.org/x"]),
        (
            "https://example.org/x. And https://b.example!",
            ["https://example.org/x", "https://b.example"],
        ),
        ('"https://example.org/x"', ["https://example.org/x"]),
        ("https://höst.example/引擎", ["https://höst.example/引擎"]),
        ("javascript:alert(1) file:///etc/passwd ftp://x.example data:text/html,x", []),
        ("https:// https://. example.org www.example.org", []),
        ("no links", []),
    ],
)
def test_web_addresses_are_found_and_nothing_else(text: str, urls: list[str]) -> None:
    assert [each.url for each in links(text)] == urls


@given(st.text(st.sampled_from('htps:/.a1 ?("<é')) | st.text(), st.text())
def test_a_link_is_what_stands_there(before: str, after: str) -> None:
    text = f"{before}https://example.org/{after}"
    found = links(text)
    assert found
    end = 0
    for each in found:
        assert end <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.url
        assert each.url.startswith(("https://", "http://"))
        assert not any(character.isspace() for character in each.url)
        end = each.end


@pytest.mark.parametrize(
    ("text", "name", "spoken_to"),
    [
        ("@Ann hello", "Ann", True),
        ("hello @ann", "Ann", True),
        ("(@ANN): yes", "ann", True),
        ("@Ann Lee, yes", "Ann Lee", True),
        ("@Ann", "Ann Lee", False),
        ("@Anna", "Ann", False),
        ("ann@example.org", "example", False),
        ("Ann", "Ann", False),
        ("@Ève", "ève", True),
        ("@A.B", "A.B", True),
        ("@AxB", "A.B", False),
        ("@(", "(", True),
        ("@引擎 好", "引擎", True),
    ],
)
def test_who_is_spoken_to(text: str, name: str, spoken_to: bool) -> None:
    assert mentions(text, name) is spoken_to


@pytest.mark.parametrize(
    ("text", "tail", "spoken_to"),
    [
        ("@Hanna hello", "b7e1", True),
        ("@hanna·B7E1 hello", "b7e1", True),
        ("@Hanna·b7e1", "0b7e1", False),
        ("@Hanna·b7e12", "b7e1", False),
        ("@Hanna·b7e1", "", False),
        ("@Hanna·b7e1, @Hanna", "", True),
        ("@Hanna·", "", True),
    ],
)
def test_a_tail_says_which_of_two(text: str, tail: str, spoken_to: bool) -> None:
    assert mentions(text, "Hanna", tail) is spoken_to


@given(st.text(), st.text(min_size=1))
def test_no_name_breaks_a_message(text: str, name: str) -> None:
    assert mentions(f"@{name}", name)
    if "@" not in text:
        assert not mentions(text, name)
