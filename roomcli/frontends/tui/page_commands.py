"""What the command palette offers over a page that asks the server: what its keys do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .commands import Commands, Offer
from .widgets.sheet import DeskSheet


class PageCommands(Commands):
    """What the page below the palette offers at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield the page's actions, with their keys."""
        page = self.screen
        if isinstance(page, DeskSheet):
            for hint in page.offered:
                words = f"{hint.label[:1].upper()}{hint.label[1:]}"
                yield Offer(words, hint.key, partial(page.run_action, hint.action))
