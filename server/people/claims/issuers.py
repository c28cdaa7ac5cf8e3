"""Issuers of OpenID Connect: what the admin says of one, and what it says of itself.

(OpenID Connect Discovery 1.0; only what is needed here.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from ...fetching.targets import AllowedHosts, BadTarget
from .proof import NotReached

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Those by which a token may be signed: all with a public key, never ``none`` nor HS*."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """An issuer that the admin names, exactly as it calls itself.

    ``domains`` are the companies whose mail domain it may speak for.
    """

    url: str
    name: str
    client_id: str
    secret: str = field(default="", repr=False)
    domains: frozenset[str] = frozenset()
    device_flow: bool = False

    @property
    def discovery(self) -> str:
        """Where the issuer describes itself."""
        return f"{self.url.rstrip('/')}/.well-known/openid-configuration"


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where an issuer is asked, and how it signs; ``device`` is empty if it knows no device flow.

    ``takes_basic`` says that the client's secret goes into a header, and else into the form,
    ``names_itself`` that browsers come back from there with its name (RFC 9207).
    """

    authorization: str
    token: str
    keys: str
    device: str
    algorithms: tuple[str, ...]
    takes_basic: bool
    names_itself: bool = False


def read_endpoints(issuer: Issuer, body: bytes, allowed: AllowedHosts) -> Endpoints:
    """Return what an issuer says of itself. Raises NotReached if it is another, or incomplete."""
    found = decode_object(body)
    if found.get("issuer") != issuer.url:
        raise NotReached(f"what is at {issuer.discovery} is not of this issuer")
    offered = found.get("id_token_signing_alg_values_supported")
    algorithms = tuple(each for each in ALGORITHMS if each in (offered or ()))
    if not isinstance(offered, list) or not algorithms:
        raise NotReached(f"{issuer.name} signs by no algorithm that is taken here")
    ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Endpoints(
        authorization=_endpoint(issuer, found, "authorization_endpoint", allowed),
        token=_endpoint(issuer, found, "token_endpoint", allowed),
        keys=_endpoint(issuer, found, "jwks_uri", allowed),
        device=_endpoint(issuer, found, "device_authorization_endpoint", allowed, needed=False),
        algorithms=algorithms,
        takes_basic="client_secret_basic" in ways,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )


def decode_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _endpoint(
    issuer: Issuer, found: dict[str, Any], name: str, allowed: AllowedHosts, *, needed: bool = True
) -> str:
    value = found.get(name)
    if value is None and not needed:
        return ""
    try:
        allowed.read_url(value if isinstance(value, str) else "")
    except BadTarget as error:
        raise NotReached(f"the {name} of {issuer.name} cannot be used: {error}") from None
    return str(value)
