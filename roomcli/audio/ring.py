"""A ring of samples between a device's thread and another one.

One thread writes, one thread reads, and neither takes a lock: only the writer moves ``_written``
and only the reader moves ``_taken``, each after the samples are in place. Under the interpreter
lock an assignment is seen whole and in order, so that neither side can see samples that are not
there. A PortAudio callback must never wait for a lock that a busy thread holds; that is why there
is none.
"""

from __future__ import annotations

import numpy as np

from .samples import Samples


class Ring:
    """A bounded queue of float32 samples, single producer and single consumer.

    ``overruns`` counts written samples that found no room, ``underruns`` samples that were read but
    missing, ``gaps`` the reads that missed any. All only grow.
    """

    def __init__(self, capacity: int) -> None:
        """Make an empty ring; ``capacity`` is in samples."""
        if capacity < 1:
            raise ValueError("a ring holds at least one sample")
        self.capacity = capacity
        self.overruns = 0
        self.underruns = 0
        self.gaps = 0
        self._samples: Samples = np.zeros(capacity, dtype=np.float32)
        self._written = 0
        self._taken = 0

    @property
    def fill(self) -> int:
        """The number of samples that wait to be read."""
        return self._written - self._taken

    @property
    def free(self) -> int:
        """The number of samples that can be written now."""
        return self.capacity - self.fill

    @property
    def asked(self) -> int:
        """The samples that the reader has asked for so far, missing ones too."""
        return self._taken + self.underruns

    def write(self, block: Samples) -> int:
        """Append the part of ``block`` that fits; return its length. The rest counts as lost."""
        count = min(len(block), self.free)
        at = self._written % self.capacity
        first = min(count, self.capacity - at)
        self._samples[at : at + first] = block[:first]
        self._samples[: count - first] = block[first:count]
        self._written += count
        self.overruns += len(block) - count
        return count

    def read_into(self, out: Samples) -> int:
        """Fill ``out``, with zeros for missing samples; return how many samples were real."""
        count = min(len(out), self.fill)
        at = self._taken % self.capacity
        first = min(count, self.capacity - at)
        out[:first] = self._samples[at : at + first]
        out[first:count] = self._samples[: count - first]
        out[count:] = 0.0
        self._taken += count
        self.underruns += len(out) - count
        self.gaps += count < len(out)
        return count

    def read(self, count: int) -> tuple[Samples, int]:
        """Return exactly ``count`` samples, padded with zeros, and how many of them were real."""
        out: Samples = np.empty(count, dtype=np.float32)
        return out, self.read_into(out)

    def skip(self, count: int) -> int:
        """Drop up to ``count`` of the oldest samples (reader's side); return how many."""
        count = min(count, self.fill)
        self._taken += count
        return count
