"""The line that a host gives to friends, and what the host has to know about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ..frontends.words.sharing import template
from ..protocol.address import Address
from .addresses import Reachable

Access = Literal["open", "invite"]


def line(address: Address, access: Access) -> str:
    """Return the line for a room, with ``{invite}`` left to fill in if an invite is needed."""
    return template(address, by_invite=access == "invite")


def for_own_server(address: Address, access: Access, reachable: Reachable) -> str:
    """Return the line for a room on the host's own server, followed by lines of advice."""
    first = line(replace(address, host=reachable.host), access)
    return "\n".join((first, *_advice(address, reachable)))


def for_this_machine(address: Address) -> str:
    """Return the line for a room that can be entered only from this machine."""
    return f"roomcli join {address.room}\nOnly from this machine: the room is on loopback."


def _advice(address: Address, reachable: Reachable) -> list[str]:
    if reachable.reach == "internet":
        return [f"If friends cannot connect, let TCP port {address.port} through your firewall."]
    where = (
        "All addresses of this machine are private: only its own network can reach them."
        if reachable.reach == "network"
        else "This machine has no network: only people on it can enter."
    )
    return [
        where,
        "From elsewhere: run `roomcli serve` on a VPS and `roomcli host ROOM --server URL`, or",
        f"lend a VPS's address: ssh -R '*:{address.port}:localhost:{address.port}' you@vps "
        "(with `GatewayPorts clientspecified`), and put its name into the line.",
    ]
