"""A server whose machine's clock is a minute ahead: ``python -m tests.support.early_server``."""

from __future__ import annotations

import runpy
import time
from unittest import mock

AHEAD = 60.0

if __name__ == "__main__":
    right = time.time

    def early() -> float:
        """Return the time a minute from now."""
        return right() + AHEAD

    with mock.patch("time.time", early):
        runpy.run_module("server", run_name="__main__", alter_sys=True)
