"""Accounts at forges: which keys an account lists, and since when it exists.

A claim to an account is made by both sides: the person names the account, and the account lists a
key of the person's, for signing in there or for signing commits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from roomcli.protocol.badges import ForgeKind

from ...fetching.fetcher import Document, Fetcher, FetchFailed
from ...fetching.targets import HTTPS_PORT, AllowedHosts, BadTarget
from .listed_keys import keys_of_json_list, keys_of_lines
from .proof import NotProven, NotReached, Proof
from .state import ForgeAccount

_ABSENT = (404, 410)


@dataclass(frozen=True)
class ForgeSort:
    """What is particular about a kind of forge; ``home`` is its best known place.

    ``user`` is the pattern of its accounts' names, one segment of a path each. ``keys`` is where an
    account's keys are. ``interface`` (at home another one) has keys for signing at ``signing``, and
    the facts of an account at ``about``, where everybody may read them.
    """

    home: str
    user: re.Pattern[str]
    keys: str = "https://{host}/{user}.keys"
    interface: str = ""
    interface_at_home: str = ""
    signing: str = ""
    about: str = ""

    def asks(self, host: str, path: str) -> str:
        """Return the address of a path of the forge's interface; empty if there is none."""
        base = self.interface_at_home if host == self.home else ""
        return (base or self.interface) + path if path else ""


_GITEA = ForgeSort(
    "gitea.com",
    re.compile(r"(?=.{1,40}\Z)[a-z0-9]+(?:[-_.][a-z0-9]+)*"),
    interface="https://{host}/api/v1",
    about="/users/{user}",
)
SORTS: dict[ForgeKind, ForgeSort] = {
    "github": ForgeSort(
        "github.com",
        re.compile(r"(?=.{1,39}\Z)[a-z0-9]+(?:-[a-z0-9]+)*(?:_[a-z0-9]+)?"),
        interface="https://{host}/api/v3",
        interface_at_home="https://api.github.com",
        signing="/users/{user}/ssh_signing_keys",
        about="/users/{user}",
    ),
    "gitlab": ForgeSort(
        "gitlab.com",
        re.compile(r"(?=.{2,255}\Z)(?!.*\.(?:git|atom)\Z)[a-z0-9_](?:[a-z0-9_-]|\.(?!\.|\Z))*"),
    ),
    "forgejo": replace(_GITEA, home="codeberg.org"),
    "gitea": _GITEA,
    "sourcehut": ForgeSort(
        "meta.sr.ht",
        re.compile(r"(?=.{2,30}\Z)[a-z_][a-z0-9_-]*"),
        keys="https://{host}/~{user}.keys",
    ),
}


def read_account(forge: ForgeKind, host: str, user: str, allowed: AllowedHosts) -> ForgeAccount:
    """Return the account that a person names; an empty host is the forge's own.

    Names are the same in either case at all forges. Raises NotProven ``bad_account``.
    """
    sort = SORTS[forge]
    try:
        name, port = allowed.read_authority(host or sort.home)
    except BadTarget as error:
        raise NotProven("bad_account", str(error)) from None
    user = user.lower().removeprefix("~" if forge == "sourcehut" else "@")
    if not user.isascii() or sort.user.fullmatch(user) is None:
        raise NotProven("bad_account", "no account can have this name there")
    return ForgeAccount(forge, name if port == HTTPS_PORT else f"{name}:{port}", user)


async def look_at_account(
    fetcher: Fetcher, account: ForgeAccount, keys: frozenset[str], person: str = ""
) -> Proof:
    """Return which of these keys the account lists. Raises NotProven, NotReached."""
    sort = SORTS[account.forge]
    trouble: NotReached | None = None
    signing = sort.asks(account.host, sort.signing)
    sources = ((sort.keys, keys_of_lines), (signing, keys_of_json_list))
    for place, read in sources if signing else sources[:1]:
        try:
            document = await _asked(fetcher, place, account, person)
            found = keys & read(document.body) if document is not None else frozenset[str]()
        except NotReached as error:
            trouble = error
        except ValueError:
            trouble = NotReached(f"{account.host} answered with no list of keys")
        else:
            if found:
                return Proof(found)
            if document is None:
                break  # there is no such account, wherever one looks
    if trouble is not None:
        raise trouble
    raise NotProven("not_listed", f"{account.user} at {account.host} lists none of your keys")


async def age_of_account(fetcher: Fetcher, account: ForgeAccount, person: str = "") -> float | None:
    """Return since when an account exists; None where that is not told to everybody."""
    sort = SORTS[account.forge]
    place = sort.asks(account.host, sort.about)
    if not place:
        return None
    try:
        document = await _asked(fetcher, place, account, person)
        return None if document is None else _made_at(msgspec.json.decode(document.body))
    except (NotReached, msgspec.DecodeError, RecursionError, ValueError):
        return None


async def _asked(
    fetcher: Fetcher, place: str, account: ForgeAccount, person: str
) -> Document | None:
    """Return what is at a place; None where there is nothing. Raises NotReached."""
    url = place.format(host=account.host, user=account.user)
    try:
        document = await fetcher.fetch(url, person=person)
    except FetchFailed as error:
        raise NotReached(str(error), error.retry_after) from None
    if document.status in _ABSENT:
        return None
    if document.status != 200:
        raise NotReached(f"{account.host} does not tell its keys at present")
    return document


def _made_at(found: Any) -> float | None:
    """Return the time that a forge tells, if it makes sense. Raises ValueError."""
    told = (found.get("created_at") or found.get("created")) if isinstance(found, dict) else None
    if not isinstance(told, str):
        return None
    moment = datetime.fromisoformat(told)
    return moment.timestamp() if moment.tzinfo is not None and moment.year >= 2000 else None
