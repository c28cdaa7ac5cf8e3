"""Tests of the addresses that a code is sent to."""

from __future__ import annotations

from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.people.claims.mail_address import FREE_MAIL, read_address
from server.people.claims.proof import NotProven

COMPANIES = frozenset({"acme.example", "xn--cme-pla.example"})


def test_an_address_at_a_company_is_taken() -> None:
    address = read_address("Ann.O'Hara+talks@Acme.Example", COMPANIES)
    assert address.spec == "Ann.O'Hara+talks@acme.example"
    assert address.box == "ann.o'hara@acme.example"
    assert "Ann" not in repr(address)
    assert read_address("ann@xn--cme-pla.example", COMPANIES).domain == "xn--cme-pla.example"


@pytest.mark.parametrize(
    "text",
    [
        *("", "ann", "@acme.example", "ann@", "ann@acme", "ann@@acme.example", "a b@acme.example"),
        *("ann@acme.example\r\nBcc: eve@evil.example", "ann\n@acme.example", "ann@acme.example\n"),
        *("ann@acme.example,eve@evil.example", "ann,eve@acme.example", "ann;eve@acme.example"),
        *(
            "Ann <ann@acme.example>",
            "<ann@acme.example>",
            '"ann"@acme.example',
            '"a@b"@acme.example',
        ),
        *("ann(x)@acme.example", "ann@acme.example(x)", "ann@[127.0.0.1]", "ann@127.0.0.1"),
        *(".ann@acme.example", "ann.@acme.example", "a..n@acme.example", "ann@acme.example."),
        *("änn@acme.example", "ann@äcme.example", "ann@acme\u3002example", "\x00@acme.example"),
        *(
            "a" * 65 + "@acme.example",
            "ann\u200b@acme.example",
            "ann@acme.example\u2028",
            "a\\@b.c",
        ),
        *("ann%evil.example@acme.example\t", "ann:x@acme.example", "ann@evil.example@acme.example"),
    ],
)
def test_what_is_not_one_plain_address_is_refused(text: str) -> None:
    with pytest.raises(NotProven) as error:
        read_address(text, COMPANIES)
    assert error.value.code == "bad_address"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "other.example", "mail.acme.example", "acme.example.evil.example"]
)
def test_free_mail_and_what_the_admin_does_not_list_prove_no_company(domain: str) -> None:
    companies = COMPANIES | {"gmail.com"}
    with pytest.raises(NotProven) as error:
        read_address(f"ann@{domain}", companies)
    assert error.value.code == "no_company"


def test_the_free_domains_are_domains() -> None:
    assert len(FREE_MAIL) > 70
    for domain in FREE_MAIL:
        with pytest.raises(NotProven) as error:
            read_address(f"ann@{domain}", FREE_MAIL)
        assert error.value.code == "no_company"


@given(st.text(max_size=30))
def test_what_is_taken_is_what_mail_libraries_take_for_one_address(local: str) -> None:
    try:
        address = read_address(f"{local}@acme.example", COMPANIES)
    except NotProven:
        return
    assert str(Address(addr_spec=address.spec)) == address.spec
    assert address.spec.isascii()
    assert address.spec.isprintable()
