"""``roomcli admin roles``: what waits for the admin's word since two persons became one."""

from __future__ import annotations

import argparse

from msgspec import Struct

from .admin_line import ask_admin
from .admin_servers import ask_all, tell_json, tell_table, the_server


class WaitingRole(Struct, frozen=True, kw_only=True):
    """What somebody was in a place before they became one with somebody else."""

    key: str
    name: str
    place: str


def tell_roles(options: argparse.Namespace) -> None:
    """Print a table of the roles that wait."""
    told = ask_all(options.data, "roles")
    if options.json:
        return tell_json("roles", told)
    titles = ("KEY", "NAME", "PLACE")
    tell_table(told, WaitingRole, titles, _role_row, "no role waits for you")


def agree(options: argparse.Namespace) -> None:
    """Give somebody a role that waits."""
    said = {"key": options.key, "place": options.place}
    ask_admin(the_server(options.data), dict[str, str], "POST /roles", said)
    print(f"{options.key} is in {options.place} what they were before")


def _role_row(role: WaitingRole) -> tuple[object, ...]:
    return (role.key, role.name or "-", role.place)
