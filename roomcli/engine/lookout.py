"""Notices a sound card that was plugged in while another one is in use.

PortAudio reads its list of cards only while none is open. So the list is read by another process,
and here anew, with a short gap in what is played, only when what was asked for has come.
"""

from __future__ import annotations

import trio

from ..audio.devices import list_devices, list_devices_anew
from ..audio.naming import find_card, is_card
from ..errors import AudioError


class Lookout:
    """Looks for one microphone or speaker; ``direction`` is "input" or "output"."""

    def __init__(self, spec: str | None, direction: str) -> None:
        self._spec = spec
        self._direction = direction
        self._known: frozenset[str] | None = None

    async def miss(self) -> None:
        """The card could not be opened: only a list that is another one is worth a gap."""
        if is_card(self._spec):
            self._known = await trio.to_thread.run_sync(_names_known, abandon_on_cancel=True)

    def lose(self) -> None:
        """The card was in use and is not any more: whenever it is listed, it is another one."""
        self._known = None

    async def sees(self) -> bool:
        """Whether the card has come, so that the list should be read anew; True once for it."""
        if not is_card(self._spec):
            return False
        try:
            cards = await trio.to_thread.run_sync(list_devices_anew, abandon_on_cancel=True)
        except AudioError:
            return False
        names = frozenset(card.name for card in cards)
        if names == self._known or find_card(cards, self._spec, self._direction) is None:
            return False
        self._known = names
        return True


def _names_known() -> frozenset[str] | None:
    try:
        return frozenset(card.name for card in list_devices())
    except AudioError:
        return None
