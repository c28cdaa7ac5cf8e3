"""What a public port measures of itself, and the sum of several."""

from __future__ import annotations

from typing import Self

from msgspec import Struct


class PortFigures(Struct, frozen=True):
    """Figures of a port at a moment. Those that only grow are counters.

    ``blocked`` connections take no more bytes, ``frames_waiting`` is what waits in all queues,
    ``reads_waiting`` how many wait to be read, ``tasks`` how many tasks there are. Counters:
    ``voice_dropped`` are bundles that grew too old in a queue, ``datagrams_dropped`` those for
    which the system had no room, ``late_passes`` of the event loop were late, and ``no_resources``
    are connections that could not be taken.
    """

    blocked: int = 0
    frames_waiting: int = 0
    reads_waiting: int = 0
    tasks: int = 0
    voice_dropped: int = 0
    datagrams_dropped: int = 0
    late_passes: int = 0
    no_resources: int = 0

    def __add__(self, other: Self) -> Self:
        """Return the sum, figure by figure."""
        names = self.__struct_fields__
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def at_its_end(self) -> Self:
        """Return what is left of a port that has ended: its counters, which never fall."""
        names = self.__struct_fields__[4:]
        return type(self)(**{name: getattr(self, name) for name in names})
