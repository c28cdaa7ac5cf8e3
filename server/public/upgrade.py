"""Whether a request for the WebSocket may have it."""

from __future__ import annotations

from dataclasses import replace

from roomcli.protocol import SUBPROTOCOL
from roomcli.protocol.text import is_room_name

from .http import Head, Response, line

UPGRADE_LOST = (
    "a proxy before this server does not pass on the upgrade to a WebSocket: it has to speak"
    " HTTP/1.1 to the server, and to pass on the headers Upgrade and Connection"
)
WEBSOCKET_VERSION = "13"
CLIENT_TOO_OLD = "this client is older than the server"


def refused_upgrade(head: Head) -> Response | None:
    """Return why a request for the WebSocket is refused; None if it is not, or is no such one."""
    path, version = head.asked_path, head.headers.get("sec-websocket-version")
    if head.has_lost_its_upgrade:
        return line(426, UPGRADE_LOST)
    if not head.asks_for_websocket:
        return None
    if head.method != "GET":
        return line(400, "a WebSocket is asked for with GET")
    if version != WEBSOCKET_VERSION:
        answer = line(426, f"the WebSocket here has version {WEBSOCKET_VERSION}")
        return replace(answer, headers=(("sec-websocket-version", WEBSOCKET_VERSION),))
    if head.is_foreign:
        return line(403, "a page of another site cannot connect here")
    if not head.speaks_roomcli:
        return line(400, f"offer the subprotocol {SUBPROTOCOL}; a proxy has to pass it on")
    if path.startswith("/r/") and is_room_name(path[3:]):
        return line(426, CLIENT_TOO_OLD)
    if head.path != "/":
        return line(404, "the WebSocket is not here")
    return None
