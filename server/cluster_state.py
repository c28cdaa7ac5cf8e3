"""What a server of a cluster knows of it, for its admin."""

from __future__ import annotations

from msgspec import Struct


class SeenServer(Struct, frozen=True, kw_only=True):
    """Another server: where clients reach it, and how many listed rooms it has."""

    name: str
    address: str
    listed: int


class ClusterState(Struct, frozen=True, kw_only=True):
    """A server among the ``others``; each has a new name in each of its lives.

    ``valkey`` says whether Valkey answers, ``owned`` how many rooms this server decides about, and
    ``visited`` in how many rooms of others people are who are connected here.
    """

    name: str
    others: tuple[SeenServer, ...] = ()
    valkey: bool = True
    owned: int = 0
    visited: int = 0
