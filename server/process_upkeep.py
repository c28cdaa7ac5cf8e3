"""What each process of a server asks of Python and of the system at its start."""

from __future__ import annotations

import contextlib
import gc
import resource


def lift_file_limit() -> None:
    """Allow as many open files as the system lets us: each listener's connection is one.

    The usual soft limit is 1,024.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no unlimited number here
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def calm_collector() -> None:
    """Make Python collect garbage often and little at a time, as every voice waits for it.

    What exists at this point is never collected. A connection that ends leaves no reference cycles
    behind, so that hardly ever all objects are looked at: with thousands of people that takes a few
    tenths of a second. A tick for a few hundred listeners makes fewer objects than have to be there
    for a look at them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1000, 5, 1000)
