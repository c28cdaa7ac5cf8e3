"""What the command palette offers over a page: what the keys of its last line do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .commands import Commands, Offer
from .widgets.sheet import Sheet


class PageCommands(Commands):
    """What the page below the palette offers at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield the page's actions, with their keys."""
        page = self.screen
        if isinstance(page, Sheet):
            for hint in page.offered:
                if not hint.action:
                    continue
                words = f"{hint.label[:1].upper()}{hint.label[1:]}"
                yield Offer(words, hint.key, partial(page.run_action, hint.action))
