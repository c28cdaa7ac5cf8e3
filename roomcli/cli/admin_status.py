"""``roomcli admin status``: how a server is set up."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from .admin_line import ask_admin
from .admin_live import watch_servers
from .admin_servers import servers
from .tables import print_lines


class IssuerStatus(Struct, frozen=True, kw_only=True):
    """An issuer at which people can sign on, and the companies that it speaks for."""

    issuer: str
    name: str
    domains: list[str] = []
    device_flow: bool = False


class ClaimsStatus(Struct, frozen=True, kw_only=True):
    """What may be proven about people, and by whose word."""

    allow: list[str] = []
    companies: list[str] = []
    mail: str = ""
    issuers: list[IssuerStatus] = []


class OtherStatus(Struct, frozen=True, kw_only=True):
    """Another server of the cluster, and how many listed rooms it has."""

    name: str
    address: str
    listed: int


class ClusterStatus(Struct, frozen=True, kw_only=True):
    """A server among others that a Valkey joins."""

    name: str
    others: list[OtherStatus] = []
    valkey: bool = True
    owned: int = 0
    visited: int = 0


class ServerStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a server is set up; ``cluster`` is None for one that is alone."""

    claims: ClaimsStatus
    cluster: ClusterStatus | None = None


def tell_status(options: argparse.Namespace) -> None:
    """Print how each server is set up, or draw what it does with ``--live``."""
    if options.live:
        return watch_servers(servers(options.data))
    told = [
        (folder, ask_admin(folder, ServerStatus, "GET /status")) for folder in servers(options.data)
    ]
    if options.json:
        listed = [{"data": str(folder), **_plain(status)} for folder, status in told]
        print(json.dumps({"servers": listed}))
        return
    for folder, status in told:
        print_lines(_describe(folder, status.claims))
        if status.cluster is not None:
            print_lines(_describe_cluster(status.cluster))


def _plain(status: ServerStatus) -> dict[str, object]:
    found: dict[str, object] = msgspec.to_builtins(status)
    return found


def _describe(folder: Path, claims: ClaimsStatus) -> Iterator[str]:
    yield f"server on {folder}"
    yield f"  asks besides the public internet: {_enumerated(claims.allow)}"
    yield f"  mail is sent by: {claims.mail or 'none, no codes are sent'}"
    yield f"  companies proven by mail: {_enumerated(claims.companies)}"
    yield f"  issuers: {'none' if not claims.issuers else ''}".rstrip()
    for each in claims.issuers:
        device = "; codes typed on another device are taken" if each.device_flow else ""
        yield f"    {each.name} ({each.issuer}), for {_enumerated(each.domains)}{device}"


def _describe_cluster(cluster: ClusterStatus) -> Iterator[str]:
    valkey = "Valkey answers" if cluster.valkey else "Valkey does not answer"
    yield f"  cluster: this server is {cluster.name}; {valkey}"
    yield f"    rooms: {cluster.owned} of its own; its people are in {cluster.visited} of others"
    for each in cluster.others:
        where = each.address.partition("#")[0]
        yield f"    server {each.name} at {where}, listed rooms: {each.listed}"


def _enumerated(names: list[str]) -> str:
    return ", ".join(names) or "none"
