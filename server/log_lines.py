"""The lines of the server's log, for people or for machines.

A line for a machine has beside its text the values in it, by name, where it was logged with them:
``log.info("%(key)s in %(room)s …", {"key": …, "room": …})``.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

LogFormat = Literal["text", "json"]
FORMATS: tuple[LogFormat, ...] = ("text", "json")
_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_OWN = ("at", "level", "logger", "text", "error")


def write_log(form: LogFormat) -> None:
    """Write the log to standard error from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO)


class TextLines(logging.Formatter):
    """One line for each record, however much is in its text, and a traceback after it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line; what would break it, or move a terminal's cursor, is escaped."""
        return _escaped(super().formatMessage(record))

    def formatException(self, info: Any) -> str:
        """Return the traceback, each of its lines escaped."""
        return "\n".join(map(_escaped, super().formatException(info).split("\n")))


class JsonLines(logging.Formatter):
    """One JSON object a line for each record.

    ``at`` is when, in RFC 3339; ``text`` is what the other format says. A traceback is in
    ``error``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the object of a record, without an end of the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if isinstance(record.args, Mapping):
            line |= {name: each for name, each in record.args.items() if name not in _OWN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _escaped(line: str) -> str:
    return _BREAKS.sub(lambda found: ascii(found[0])[1:-1], line)
