"""The queue of raised hands: its order, and how it changes.

The server and every client use the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable

from .people import Hand
from .settings import HandOrder


def in_order(hands: Iterable[Hand], order: HandOrder) -> tuple[Hand, ...]:
    """Return the hands in the room's order: by time raised, or by time spoken and then time raised.

    Whole seconds are compared, so that a cough costs nobody a place.
    """
    if order == "fair":
        return tuple(sorted(hands, key=lambda hand: (int(hand.spoken), hand.at)))
    return tuple(sorted(hands, key=lambda hand: hand.at))


def with_hand(hands: tuple[Hand, ...], hand: Hand, order: HandOrder) -> tuple[Hand, ...]:
    """Return the queue with one more hand, or with the new topic of one at its place."""
    here = tuple(hand if each.id == hand.id else each for each in hands)
    return in_order(here if hand in here else (*here, hand), order)


def without_hand(hands: tuple[Hand, ...], id: str) -> tuple[Hand, ...]:
    """Return the queue without this participant's hand."""
    if all(hand.id != id for hand in hands):
        return hands
    return tuple(hand for hand in hands if hand.id != id)
