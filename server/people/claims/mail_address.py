"""Addresses of mail boxes, and which domains prove a company. Pure.

One ASCII addr-spec as a dot-atom (RFC 5322, 3.4.1): no display name, no quotes, no comment, no
second address, no line break. The domain is written as the DNS has it (xn--… for other scripts).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...fetching.targets import BadTarget, check_host
from .proof import NotProven

MAX_ADDRESS = 254
MAX_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_FREE_MAIL = """
    aol.com att.net bigpond.com bluewin.ch btinternet.com comcast.net cox.net duck.com earthlink.net
    fastmail.com fastmail.fm free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
    googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hushmail.com icloud.com
    inbox.com keemail.me laposte.net libero.it live.com live.de live.nl mac.com mail.com mail.de
    mail.ru mailbox.org mailfence.com mailinator.com me.com msn.com naver.com orange.fr outlook.com
    outlook.de pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com rambler.ru
    rediffmail.com rocketmail.com runbox.com sbcglobal.net seznam.cz sfr.fr sina.com t-online.de
    tuta.com tuta.io tutanota.com tutanota.de verizon.net virgilio.it wanadoo.fr web.de wp.pl
    ya.ru yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com
    zoho.com zohomail.com 126.com 163.com
"""
FREE_MAIL = frozenset(_FREE_MAIL.split())
"""Domains at which everybody gets a box, so that one there proves no company."""


@dataclass(frozen=True)
class MailAddress:
    """An address whose form is right; the domain is in lower case."""

    local: str = field(repr=False)
    domain: str

    @property
    def spec(self) -> str:
        """The address as it is written to."""
        return f"{self.local}@{self.domain}"

    @property
    def box(self) -> str:
        """The box that it leads to: letters in either case, and what follows a +, are the same."""
        return f"{self.local.partition('+')[0].lower()}@{self.domain}"


def parse_address(text: str) -> MailAddress:
    """Return one plain address. Raises NotProven ``bad_address``."""
    local, _, domain = text.rpartition("@")
    domain = domain.lower()
    try:
        check_host(domain)
    except BadTarget:
        raise NotProven("bad_address", "this is no address like ann@acme.example") from None
    if len(text) > MAX_ADDRESS or len(local) > MAX_LOCAL or _LOCAL.fullmatch(local) is None:
        raise NotProven("bad_address", "this is no address like ann@acme.example")
    return MailAddress(local, domain)


def read_address(text: str, companies: frozenset[str]) -> MailAddress:
    """Return the address, if its domain is one of these companies'.

    Raises NotProven ``bad_address``, ``no_company``.
    """
    address = parse_address(text)
    if address.domain in FREE_MAIL:
        why = f"everybody gets mail at {address.domain}: it proves no company"
        raise NotProven("no_company", why)
    if address.domain not in companies:
        why = "proves no company here: the server's admin lists those that do"
        raise NotProven("no_company", f"mail at {address.domain} {why}")
    return address
