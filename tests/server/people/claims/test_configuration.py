"""Tests of what the admin says about claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.errors import ConfigError
from server.people.claims.configuration import ClaimsConfiguration, read_configuration

from ....support.tls_site import make_authority

WHOLE = """
[claims]
allow = ["Git.acme.internal:8443"]
ca_file = "ca.pem"
companies = ["Acme.example"]

[mail]
server = "smtp.acme.example"
from = "rooms@acme.example"
user = "rooms"
password_file = "smtp-password"

[[issuers]]
issuer = "https://sso.acme.example/realms/one"
client_id = "roomcli"
secret_env = "ACME_SECRET"
domains = ["acme.example"]
device_flow = true
"""


def read(folder: Path, text: str, **environment: str) -> ClaimsConfiguration:
    """Read a file with this text."""
    (folder / "claims.toml").write_text(text)
    return read_configuration(folder, None, environment)


def secret_file(folder: Path, content: str, mode: int = 0o600) -> None:
    """Write a password."""
    path = folder / "smtp-password"
    path.write_text(content)
    path.chmod(mode)


def test_the_whole_file_is_read_and_no_secret_is_shown(tmp_path: Path) -> None:
    make_authority(tmp_path, "git.acme.internal")
    secret_file(tmp_path, "pa55\n")
    found = read(tmp_path, WHOLE, ACME_SECRET="s3cret")
    allowed = found.allowed.exception_for("git.acme.internal", 8443)
    assert allowed is not None
    assert allowed.ca_file == tmp_path / "ca.pem"
    assert found.companies == {"acme.example"}
    assert found.mail is not None
    assert (found.mail.port, found.mail.security, found.mail.password) == (587, "starttls", "pa55")
    [issuer] = found.issuers
    assert (issuer.name, issuer.secret) == ("sso.acme.example/realms/one", "s3cret")
    assert found.overview() == {
        "allow": ["git.acme.internal:8443"],
        "companies": ["acme.example"],
        "mail": "smtp.acme.example:587",
        "issuers": [
            {
                "issuer": "https://sso.acme.example/realms/one",
                "name": "sso.acme.example/realms/one",
                "domains": ["acme.example"],
                "device_flow": True,
            }
        ],
    }
    for shown in (repr(found), str(found.overview())):
        assert "pa55" not in shown
        assert "s3cret" not in shown


def test_without_a_file_forges_and_domains_can_be_proven(tmp_path: Path) -> None:
    found = read_configuration(tmp_path, None, {})
    assert found == ClaimsConfiguration(allowed=found.allowed)
    assert list(found.allowed) == []
    with pytest.raises(ConfigError, match="--claims"):
        read_configuration(tmp_path, tmp_path / "other.toml", {})


MAIL = '[mail]\nserver = "s"\nfrom = "rooms@acme.example"\n'
ISSUER = '[[issuers]]\nissuer = "https://sso.acme.example"\nclient_id = "roomcli"\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "claims.toml"),
        ("[claims]\nalow = []", "alow"),
        ("[claims]\nallow = 5", "allow"),
        ('[claims]\nallow = ["git.acme.internal"]', "HOST:PORT"),
        ('[claims]\nallow = ["*:8443"]', "HOST:PORT"),
        ('[claims]\nallow = ["git.acme.internal:99999"]', "HOST:PORT"),
        ('[claims]\nca_file = "missing.pem"', "missing.pem cannot be used"),
        ('[claims]\ncompanies = ["acme.example"]', r"\[mail\]"),
        (MAIL + '[claims]\ncompanies = ["gmail.com"]', "proves no company"),
        (MAIL + '[claims]\ncompanies = ["*.acme.example"]', "no domain"),
        ('[mail]\nserver = "s"', "from"),
        ('[mail]\nserver = "s:x"\nfrom = "rooms@acme.example"', "HOST:PORT"),
        ('[mail]\nserver = "s"\nfrom = "Rooms <rooms@acme.example>"', "from"),
        (MAIL + 'security = "ssl"', "security"),
        (MAIL + 'user = "rooms"', "both user and password"),
        (MAIL + 'user = "rooms"\npassword = "pa55"', "password"),
        (MAIL + 'user = "rooms"\npassword_env = "MISSING"', "MISSING"),
        (MAIL + 'user = "rooms"\npassword_file = "missing"', "cannot be read"),
        (MAIL + 'user = "r"\npassword_file = "smtp-password"\nsecurity = "none"', "unencrypted"),
        (MAIL + 'user = "r"\npassword_file = "a"\npassword_env = "b"', "which one"),
        (ISSUER.replace("https", "http"), "https://"),
        (ISSUER.replace("sso.acme.example", "127.0.0.1"), "not an address of numbers"),
        (ISSUER.replace("sso.acme.example", "sso.acme.example:8443"), "port 443"),
        (ISSUER.replace('"roomcli"', '""'), "client_id"),
        (ISSUER + ISSUER, "twice"),
        (ISSUER + 'name = "a\\nb"', "name of one line"),
        (ISSUER + 'domains = ["gmail.com"]', "proves no company"),
    ],
)
def test_what_is_wrong_is_one_clear_line(tmp_path: Path, text: str, why: str) -> None:
    secret_file(tmp_path, "pa55")
    with pytest.raises(ConfigError, match=why) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)
    assert "pa55" not in str(error.value).replace('password = "pa55"', "")


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    text = MAIL + 'user = "rooms"\npassword_file = "smtp-password"\n'
    for mode in (0o640, 0o604, 0o644):
        secret_file(tmp_path, "pa55", mode)
        with pytest.raises(ConfigError, match="chmod 600"):
            read(tmp_path, text)
    for content in ("", "\n", "a\nb", "a" * 2000):
        secret_file(tmp_path, content)
        with pytest.raises(ConfigError, match="one line"):
            read(tmp_path, text)
