"""The moderation log page: who did what to whom and why, the newest at the bottom."""

from __future__ import annotations

import time
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ....protocol import events as e
from ....protocol.text import is_room_name
from ...words.log_export import LogReading, export
from ...words.log_words import entry_line
from ..keys import binding
from ..widgets.face import QUIET, hour
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import KeysLine, Sheet


class LogScreen(Sheet[None]):
    """The log page; everybody may read it, and write a copy that can be verified."""

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("e", "export", show=False),
        binding("log", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[int, str] = (0, "")
        self._reading: LogReading | None = None
        self._wants_copy = False

    def compose(self) -> ComposeResult:
        """Yield the list, which scrolls by itself."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = "Moderation log"
            yield SelectableList(markup=False, compact=True)
            yield KeysLine(("e", "writes a copy that can be checked"), ("Esc", "back"))

    def on_mount(self) -> None:
        """Show the entries that are known, and ask for the others."""
        self.query_one(OptionList).focus()
        self._read_log()
        self._fill()

    def _read_log(self) -> None:
        self._reading = LogReading()
        self.client.send(self._reading.first())

    def show_page(self, page: e.LogPage) -> None:
        """Take a page of the log; ask for the next one, or write the copy if all is read."""
        reading = self._reading
        if reading is None:
            return
        question = reading.receive_page(page)
        if question is not None:
            self.client.send(question)
        else:
            self._reading = None
            if self._wants_copy:
                self._export(reading)
        self._fill()

    def sync(self) -> None:
        """Show entries that were added or read."""
        entries = self.client.model.log
        if (len(entries), entries[-1].hash if entries else "") != self._shown:
            self._fill()

    def _fill(self) -> None:
        model, rows = self.client.model, self.query_one(OptionList)
        at_end = rows.highlighted is None or rows.highlighted >= rows.option_count - 1
        place = rows.highlighted
        rows.clear_options()
        rows.add_options(
            Option(
                Content.assemble(
                    (f"{hour(model.clock.local_time(entry.at))}  ", QUIET),
                    entry_line(entry, model.view),
                )
            )
            for entry in model.log
        )
        if model.log:
            rows.highlighted = len(model.log) - 1 if at_end else place
        self._shown = (len(model.log), model.log[-1].hash if model.log else "")
        checked = model.log_fault or (
            "every entry follows from the one before" if model.log else ""
        )
        self.set_title(
            f"Moderation log  {len(model.log)}", checked or "nothing has been logged yet"
        )

    def action_export(self) -> None:
        """Read the whole log anew, then write it to a new file in the current folder."""
        self._wants_copy = True
        if self._reading is None:
            self._read_log()

    def _export(self, reading: LogReading) -> None:
        self._wants_copy = False
        room = self.client.model.view.name if self.client.model.view else ""
        stamp = time.strftime("%Y-%m-%d-%H%M%S")
        path = Path(f"{room if is_room_name(room) else 'room'}-log-{stamp}.jsonl").absolute()
        try:
            export(path, room, reading, time.time())
        except OSError as error:
            self.notify(f"Cannot write {path}: {error.strerror}", markup=False, severity="error")
        else:
            self.notify(f"Written to {path}; roomcli audit verify checks it", markup=False)
