"""Which signals this process should handle."""

from __future__ import annotations

import signal
from collections.abc import Iterable


def heeded(numbers: Iterable[signal.Signals]) -> tuple[signal.Signals, ...]:
    """Return those of ``numbers`` that this process was not started to ignore, as ``nohup`` does.

    Call this before one of them gets a handler.
    """
    return tuple(each for each in numbers if signal.getsignal(each) is not signal.SIG_IGN)
