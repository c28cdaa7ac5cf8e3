"""Write the table of who may do what into docs/moderation.md.

``python -m tests.docs.make_moderation``.

The table is made of roomcli.protocol.permissions.PERMISSIONS, which the server itself uses; a test
holds the page against it.
"""

from __future__ import annotations

import sys
from typing import get_args

from roomcli.protocol import commands as c
from roomcli.protocol.people import Role
from roomcli.protocol.permissions import PERMISSIONS, Rule

from .. import ROOT

PAGE = ROOT / "docs" / "moderation.md"
BEGIN, END = "<!-- permissions: begin -->", "<!-- permissions: end -->"
ROLES: tuple[Role, ...] = ("host", "cohost", "speaker", "listener")
PLACES = {
    None: "",
    "room": "in the room",
    "stage": "on stage",
    "known": "here, or left lately",
    "silenced": "silenced, here or away",
}


def table() -> str:
    """Return the rules as a Markdown table, in their own order."""
    head = ["command", "host", "co-host", "speaker", "listener", "whom", "besides"]
    rows = [head, ["---"] * len(head)]
    rows += [_row(command, rule) for command, rule in PERMISSIONS.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page_with(rendered: str, page: str) -> str:
    """Return the page with this table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rendered}\n{END}{after}"


def _row(command: type[c.Command], rule: Rule) -> list[str]:
    marks = ["✓" if role in rule.who else "" for role in ROLES]
    if rule.needs == "stage":
        marks[ROLES.index("listener")] = ""
    whom = PLACES[rule.target]
    if rule.outranks:
        whom += ", below oneself"
    return [f"`{command.__struct_config__.tag}`", *marks, whom, rule.note]


def main() -> None:
    """Write the table into the page."""
    missing = set(get_args(c.RoomCommand)) - set(PERMISSIONS)
    if missing:
        sys.exit(f"no rule for {missing}")
    PAGE.write_text(page_with(table(), PAGE.read_text()))


if __name__ == "__main__":
    main()
