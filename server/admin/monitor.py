"""What machines ask a server about itself: its figures, and whether it works.

It is answered on the admins' socket, and with ``--admin-listen`` over TCP as well, where nobody has
to prove anything: so nothing here can change anything, and names nobody.
"""

from __future__ import annotations

from roomcli.protocol.text import cleaned

from ..readiness import HEALTH, PROBES, Readiness
from .exposition import Metrics
from .port import Failed, Text

METRICS = "/metrics"


class Monitor:
    """Answers the requests of machines; ``metrics`` has the figures."""

    def __init__(self, readiness: Readiness, metrics: Metrics) -> None:
        self._readiness = readiness
        self._metrics = metrics

    def knows(self, target: str) -> bool:
        """Whether this is one of the paths that are answered here."""
        return _path(target) in (METRICS, *PROBES)

    async def answer(self, method: str, target: str, body: bytes) -> Text:
        """Return the answer to a request. Raises Failed."""
        path = _path(target)
        if not self.knows(target):
            raise Failed(404, f"there is no {cleaned(path, 100)} here")
        if method not in ("GET", "HEAD"):
            raise Failed(405, "only GET here")
        if path == METRICS:
            return await self._metrics.expose()
        why_not = "" if path == HEALTH else self._readiness.why_not
        if why_not:
            return Text(f"{why_not}\n".encode(), status=503)
        return Text(b"ok\n" if path == HEALTH else b"ready\n")


def _path(target: str) -> str:
    return target.partition("?")[0]
