"""Which signals are ours to act on."""

from __future__ import annotations

import signal
from collections.abc import Iterable


def heeded(numbers: Iterable[signal.Signals]) -> tuple[signal.Signals, ...]:
    """Those that whoever started this process did not have it ignore, as ``nohup`` does.

    To be asked before one of them gets a handler.
    """
    return tuple(each for each in numbers if signal.getsignal(each) is not signal.SIG_IGN)
