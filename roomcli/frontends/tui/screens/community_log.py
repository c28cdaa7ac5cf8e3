"""The moderation log of a community: who did what, the newest at the bottom."""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.community import CommunityDetails
from ....protocol.moderation_log import LogEntry, first_fault
from ...words.community_words import logged_line
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import DeskSheet, KeysLine

MOST_PAGES = 100
"""Pages after which reading stops, in case the log has no end."""


class CommunityLogScreen(DeskSheet[None]):
    """The whole log, and whether each entry follows from the one before."""

    BINDINGS = [Binding("q", "back", show=False)]

    def __init__(self, community: CommunityDetails) -> None:
        super().__init__()
        self._wanted = community.id
        self.title_text = f"Moderation log of {community.name}"

    def compose(self) -> ComposeResult:
        """Yield the list, which scrolls by itself."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = Content(self.title_text)
            yield SelectableList(markup=False, compact=True)
            yield KeysLine()

    def on_mount(self) -> None:
        """Ask for the log."""
        self.query_one(SelectableList).focus()
        self.offer(Hint("Esc", "back", "back"))
        self.set_title(self.title_text, "asking …")
        self.inquire(self._read_entries)

    async def _read_entries(self) -> None:
        page = await self._ask_entries(0)
        entries = list(page.entries)
        for _ in range(MOST_PAGES):
            if not page.more or not page.entries:
                break
            page = await self._ask_entries(len(entries))
            entries += page.entries
        if not self.is_mounted:
            return
        fault = first_fault(entries, page.chained_to, page.founded_at)
        rows = self.query_one(SelectableList)
        rows.add_options(Option(_entry_row(each)) for each in entries)
        rows.highlighted = len(entries) - 1 if entries else None
        checked = "every entry follows from the one before"
        told = checked if fault is None else f"it is not whole: {fault}"
        self.set_title(f"{self.title_text}  {len(entries)}", told)

    async def _ask_entries(self, after: int) -> e.CommunityLog:
        (page,) = await self.ask_server(c.ReadCommunityLog(community=self._wanted, after=after))
        assert isinstance(page, e.CommunityLog)
        return page


def _entry_row(entry: LogEntry) -> Content:
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.at))
    return Content.assemble((f"{day}  ", QUIET), logged_line(entry))
