"""Tests that docs/moderation.md has the server's table and that its commands exist."""

from __future__ import annotations

import re
from typing import get_args

from roomcli.protocol import commands as c

from .make_moderation import PAGE, page_with, table

COMMANDS = {str(each.__struct_config__.tag): each for each in get_args(c.RoomCommand)}
OF_FRONTENDS = {"log"}


def test_the_table_is_the_servers_own() -> None:
    page = PAGE.read_text()
    assert page == page_with(table(), page), "run python -m tests.docs.make_moderation"
    assert all(f"| `{name}` |" in page for name in COMMANDS)


def test_every_command_that_the_page_names_exists() -> None:
    page = PAGE.read_text()
    named = set(re.findall(r"`/([a-z_]+)", page))
    assert named - OF_FRONTENDS <= COMMANDS.keys()
    settings = set(re.findall(r"\b([a-z_]+)=", page)) - {"uses", "for"}
    assert settings <= set(c.ChangeSettings.__struct_fields__)
