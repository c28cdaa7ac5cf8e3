"""A provider of OpenID Connect that a test can have lie."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from .tls_site import SiteRequest


@dataclass
class OpenIdProvider:
    """Answers by path, and plays the browser of somebody who signs on: :meth:`sign_on`.

    ``claims`` are put into each token in place of what is right; ``subject`` is who signs on.
    """

    url: str
    now: float
    client_id: str = "roomcli"
    secret: str = ""
    subject: str = "248289761001"
    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    device_answers: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self._begun: dict[str, dict[str, str]] = {}

    def answer(self, asked: SiteRequest) -> tuple[int, bytes]:
        """Answer a request of the server's."""
        form = dict(parse_qsl(asked.body.decode()))
        path = urlsplit(asked.path).path.removeprefix(urlsplit(self.url).path.rstrip("/"))
        return self.respond(path, form, asked.headers.get("authorization", ""))

    def respond(self, path: str, form: dict[str, str], header: str = "") -> tuple[int, bytes]:
        """Return a status and a body."""
        if form:
            self.forms.append(form)
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._said(self._discovery())
            case "/keys":
                return 200, self._said({"keys": [self.key.as_dict(private=False)]})
            case "/device":
                return 200, self._said(self._device())
            case "/token":
                return self._token(form, header)
        return 404, b"{}"

    def sign_on(self, address: str) -> str:
        """Return where the browser of somebody who opened ``address`` and agreed is sent."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.url}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", self.client_id)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._begun)}"
        self._begun[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.url}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, nonce: str | None = None, **claims: Any) -> str:
        """Return a token as the provider signs it."""
        usual: dict[str, Any] = {
            "iss": self.url,
            "aud": self.client_id,
            "sub": self.subject,
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            "nonce": nonce,
        }
        said = {**usual, **self.claims, **claims}
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, kept, self.key)

    def _discovery(self) -> dict[str, Any]:
        usual = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "device_authorization_endpoint": f"{self.url}/device",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "none", "HS256"],
        }
        return {**usual, **self.discovery}

    def _device(self) -> dict[str, Any]:
        return {
            "device_code": "a device",
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/link",
            "expires_in": 600,
            "interval": 5,
        }

    def _token(self, form: dict[str, str], header: str) -> tuple[int, bytes]:
        if self.secret:
            pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
            assert header == f"Basic {pair}"
        if form["grant_type"].endswith("device_code"):
            error = self.device_answers.pop(0) if self.device_answers else ""
            if error:
                return 400, self._said({"error": error})
            return 200, self._said({"id_token": self.token()})
        asked = self._begun.pop(form["code"], None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, self._said({"error": "invalid_grant"})
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != asked["code_challenge"]:
            return 400, self._said({"error": "invalid_grant"})
        return 200, self._said({"id_token": self.token(asked["nonce"]), "access_token": "x"})

    @staticmethod
    def _said(what: object) -> bytes:
        return json.dumps(what).encode()
