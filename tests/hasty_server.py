"""A real server whose patience with lost connections is short: ``python -m tests.hasty_server``.

An evening with a host who drops takes half a minute otherwise. The rules are the server's own, and
so are all other times.
"""

from __future__ import annotations

import sys
from importlib import import_module

from server import __main__ as server

SECONDS = 3.0
KEEPERS = ("passing", "presence", "project", "state")

for name in KEEPERS:
    module = import_module(f"server.policy.{name}")
    assert module.KEEP_SEAT > SECONDS
    module.KEEP_SEAT = SECONDS  # type: ignore[attr-defined]

if __name__ == "__main__":
    sys.exit(server.main())
