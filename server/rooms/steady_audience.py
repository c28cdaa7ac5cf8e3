"""Those of an audience whose datagrams go out together, and the others, who are looked at each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from ..datagrams.batch import MOST
from ..datagrams.channel import ClientChannel, VoicePath
from ..datagrams.steady_listeners import SteadyListeners

FEW = 16
"""Up to so many cost less one by one."""


class DatagramListener(Protocol):
    """Somebody who may get voice by UDP."""

    @property
    def visit(self) -> int:
        """The number that this visit to the room has on the connection."""

    @property
    def channel(self) -> ClientChannel | None:
        """The visit's side channel, where there is one."""


Listener = TypeVar("Listener", bound=DatagramListener)


class ListenerGroup(NamedTuple, Generic[Listener]):
    """Some who are sent the same datagrams."""

    visit: int
    listeners: tuple[Listener, ...]
    datagrams: SteadyListeners


class SteadyAudience(Generic[Listener]):
    """Groups of listeners, formed when nothing has changed from one round to the next."""

    def __init__(self) -> None:
        self._groups: list[ListenerGroup[Listener]] = []
        self._rest: tuple[Listener, ...] = ()
        self._changes = -1

    def split(
        self, listeners: Iterable[Listener]
    ) -> tuple[list[ListenerGroup[Listener]], tuple[Listener, ...]]:
        """Return the groups, as far as there are any, and all listeners who are in none."""
        if self._groups:
            if self._groups[0].datagrams.is_unchanged:
                return self._groups, self._rest
            self.forget()
        return [], tuple(listeners)

    def forget(self) -> None:
        """Keep no group: somebody came or left, or is to be looked at."""
        self._groups, self._rest, self._changes = [], (), -1

    def note_round(self, listeners: Sequence[Listener], changes: int, media_time: int) -> None:
        """Form groups of those who got the bundle of this media time by UDP.

        ``changes`` is what their channels say; it has to be the same in two rounds.
        """
        before, self._changes = self._changes, changes
        if before != changes:
            return
        alike: dict[tuple[int, int], list[tuple[Listener, VoicePath]]] = {}
        rest = []
        for each in listeners:
            channel = each.channel
            path = channel.steady_path(media_time) if channel is not None else None
            if path is None:
                rest.append(each)
            else:
                alike.setdefault((id(path.batch), each.visit), []).append((each, path))
        for (_, visit), members in alike.items():
            for first in range(0, len(members), MOST):
                some = tuple(each for each, _ in members[first : first + MOST])
                if len(some) <= FEW:
                    rest += some
                    continue
                paths = [path for _, path in members[first : first + MOST]]
                self._groups.append(ListenerGroup(visit, some, SteadyListeners(paths)))
        self._rest = tuple(rest)
