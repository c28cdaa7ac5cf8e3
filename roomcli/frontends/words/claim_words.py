"""How each kind of claim is proven, in words, and what can be proven on a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol.badges import ForgeKind

FORGES: dict[ForgeKind, str] = {
    "github": "GitHub",
    "gitlab": "GitLab",
    "forgejo": "Forgejo",
    "gitea": "Gitea",
    "sourcehut": "Sourcehut",
}
WHO_SEES = (
    "Everybody who meets you on this server sees what is proven, and when that was checked;"
    " everybody on the web only if your profile has a web page. What you hide nobody sees, but it"
    " still opens the door of a room that asks for it."
)


class Provable(NamedTuple):
    """A claim that can be made: what it is called, how it is proven, which fields are filled in.

    ``issuer`` is that of a sign-on, ``by_device`` whether a code is typed elsewhere.
    """

    words: str
    how: str
    fields: tuple[str, ...] = ()
    issuer: str = ""
    by_device: bool = False

    def filled_command(self, forge: ForgeKind, filled: Mapping[str, str]) -> c.ClaimCommand:
        """Return the command that makes the claim, with the fields that are filled in.

        There is none for a sign-on by a browser.
        """
        if self.issuer:
            return c.ClaimByDevice(issuer=self.issuer)
        if "user" in self.fields:
            return c.ClaimForge(forge=forge, user=filled["user"], host=filled["host"])
        if "domain" in self.fields:
            return c.ClaimDomain(domain=filled["domain"])
        return c.ClaimMail(address=filled["address"])


FORGE = Provable(
    "an account at GitHub, GitLab, Forgejo, Gitea or Sourcehut",
    "Add a public key of yours to the account, as one to log in or to sign by, and name the account"
    " here: the server looks whether it lists the key. Keys: roomcli profile keys",
    ("user", "host"),
)
DOMAIN = Provable(
    "a domain",
    "Publish a public key of yours at https://DOMAIN/.well-known/roomcli.json, as"
    ' {"keys": ["ssh-ed25519 …"]}, or in the DID document of did:web:DOMAIN, and name the domain'
    " here: the server looks whether it lists the key. Keys: roomcli profile keys",
    ("domain",),
)


def provable(listed: e.ClaimsListed) -> list[Provable]:
    """Return what can be proven on a server, in the order in which it is offered."""
    found = [FORGE, DOMAIN]
    if listed.companies:
        companies = ", ".join(listed.companies)
        how = f"The server sends a code to your address at {companies}; you type it here."
        found.append(Provable(f"mail at a company: {companies}", how, ("address",)))
    for issuer in listed.issuers:
        how = f"Sign on at {issuer.issuer} in a browser on this machine; it comes back by itself."
        found.append(Provable(f"an account at {issuer.name}", how, issuer=issuer.issuer))
        if issuer.by_device:
            how = f"Sign on at {issuer.issuer} on any device, with a code that is shown here."
            words = f"an account at {issuer.name}, by a code on another device"
            found.append(Provable(words, how, issuer=issuer.issuer, by_device=True))
    return found
