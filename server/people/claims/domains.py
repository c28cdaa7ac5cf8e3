"""Domains: a document at the domain lists a key of the person.

Either ``https://DOMAIN/.well-known/roomcli.json`` or, for ``did:web:DOMAIN``, the DID document at
``https://DOMAIN/.well-known/did.json`` (did:web, without port or path).
"""

from __future__ import annotations

from ...fetching.fetcher import Fetcher, FetchFailed
from ...fetching.targets import HTTPS_PORT, AllowedHosts, BadTarget
from .listed_keys import keys_of_did, keys_of_domain
from .proof import NotProven, NotReached, Proof
from .state import OwnDomain

DID = "did:web:"
_ABSENT = (404, 410)


def read_domain(text: str, allowed: AllowedHosts) -> OwnDomain:
    """Return the domain that a person names, as a name or as ``did:web:NAME``.

    Raises NotProven ``bad_domain``.
    """
    by_did = text.lower().startswith(DID)
    name = text.lower().removeprefix(DID) if by_did else text.lower()
    if by_did:  # a port of the admin's is %3A there; a path would be one more colon
        name = name.replace("%3a", ":", 1)
    try:
        host, port = allowed.read_authority(name)
    except BadTarget as error:
        raise NotProven("bad_domain", str(error)) from None
    return OwnDomain(host if port == HTTPS_PORT else f"{host}:{port}", by_did)


async def look_at_domain(
    fetcher: Fetcher, own: OwnDomain, keys: frozenset[str], person: str = ""
) -> Proof:
    """Return which of these keys the domain lists. Raises NotProven, NotReached."""
    name = "did.json" if own.by_did else "roomcli.json"
    place = f"https://{own.domain}/.well-known/{name}"
    try:
        document = await fetcher.fetch(place, person=person)
    except FetchFailed as error:
        raise NotReached(str(error), error.retry_after) from None
    if document.status in _ABSENT:
        raise NotProven("not_listed", f"there is no {place}")
    if document.status != 200:
        raise NotReached(f"{own.domain} does not show {name} at present")
    try:
        if own.by_did:
            listed = keys_of_did(document.body, DID + own.domain.replace(":", "%3A"))
        else:
            listed = keys_of_domain(document.body)
    except ValueError:
        raise NotReached(f"what is at {place} cannot be read") from None
    found = keys & listed
    if not found:
        raise NotProven("not_listed", f"{place} lists none of your keys")
    return Proof(found)
