"""Notices a sound card that was plugged in while another one is in use.

PortAudio reads its list of cards only while none is open. So another process reads the list. This
process reads it again, with a short gap in the sound, only when the wanted card is there. A sound
server lists its cards at all times: with one there is nothing to look out for.
"""

from __future__ import annotations

import trio

from ..audio.devices import is_seen_when_plugged_in, list_devices, list_devices_anew
from ..audio.naming import find_card, is_card
from ..errors import AudioError


class Lookout:
    """Looks for one microphone or speaker; ``direction`` is "input" or "output"."""

    def __init__(self, spec: str | None, direction: str) -> None:
        self._spec = spec
        self._direction = direction
        self._known: frozenset[str] | None = None

    async def miss(self) -> None:
        """Note that the card could not be opened: only a changed list of cards is worth a gap."""
        if is_card(self._spec):
            self._known = await trio.to_thread.run_sync(
                _names_known, self._spec, abandon_on_cancel=True
            )

    def lose(self) -> None:
        """Note that the card failed while in use: as soon as it is listed, it is worth a gap."""
        self._known = None

    async def sees(self) -> bool:
        """Whether the card has come and the list should be read again; True once per change."""
        if not is_card(self._spec):
            return False
        try:
            if await trio.to_thread.run_sync(
                is_seen_when_plugged_in, self._spec, abandon_on_cancel=True
            ):
                return False
            cards = await trio.to_thread.run_sync(
                list_devices_anew, self._spec, abandon_on_cancel=True
            )
        except AudioError:
            return False
        names = frozenset(card.name for card in cards)
        if names == self._known or find_card(cards, self._spec, self._direction) is None:
            return False
        self._known = names
        return True


def _names_known(spec: str | None) -> frozenset[str] | None:
    try:
        return frozenset(card.name for card in list_devices(spec))
    except AudioError:
        return None
