"""The page behind the quality of the connection: how well voice goes, in both directions."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from ....protocol.health import WatchStats
from ...words.quality_words import Fact, quality_facts, report_line
from ..keys import binding
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, KeysLine, Sheet

LABEL = 13
"""Cells of a line that are for what it is about."""
LEAST_WORDS = 16
MEASURING = "measuring …"


class QualityScreen(Sheet[None]):
    """What is heard, how late and how whole; the figures follow once a second while it is open."""

    BINDINGS = [
        *ARROWS,
        Binding("q,enter", "back", show=False),
        Binding("c", "copy", show=False),
        binding("quality", "back"),
    ]
    title_text = "Quality"
    classes_of_sheet = "sheet page wide"

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def body(self) -> ComposeResult:
        """Yield the figures, and what can be done with them."""
        yield QualityFacts()
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask for the figures."""
        self.set_title(self.title_text, "of the last minute")
        self.offer(Hint("c", "copies a line for a report", "copy"), Hint("Esc", "back", "back"))
        self.sync()

    def on_unmount(self) -> None:
        """Have no more figures told."""
        self.client.send(WatchStats(on=False))

    def sync(self) -> None:
        """Show the newest figures; an engine that has begun anew is asked again."""
        model = self.client.model
        if model.stats is None and not self._asked:
            self.client.send(WatchStats())
        self._asked = model.stats is None
        facts: Iterable[Fact] = ()
        if model.stats is not None:
            facts = quality_facts(model.stats, model.hearers, model.view)
        self.query_one(QualityFacts).show_facts(facts)

    def action_copy(self) -> None:
        """Copy all figures as one line, through the terminal (OSC 52)."""
        stats = self.client.model.stats
        if stats is not None:
            self.app.copy_to_clipboard(report_line(stats))
            self.notify("The figures are in the terminal's clipboard, without names of people")


class QualityFacts(Static):
    """What each figure is about, and the figure, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Fact, ...] = ()

    def show_facts(self, facts: Iterable[Fact]) -> None:
        """Show these facts from now on."""
        if (shown := tuple(facts)) != self._facts:
            self._facts = shown
            self._lay_out()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = max(LEAST_WORDS, self.content_size.width - LABEL)
        shown: list[Content] = []
        for label, words in self._facts or (("", MEASURING),):
            name = Content.styled(label, QUIET).truncate(LABEL - 1, ellipsis=True, pad=True)
            first, *more = Content(words).wrap(width)
            shown.append(Content.assemble(name, " ", first))
            shown += [Content(" " * LABEL) + line for line in more]
        self.update(Content("\n").join(shown))
