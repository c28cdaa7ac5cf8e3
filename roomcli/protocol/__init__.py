"""The protocol of roomcli, without IO: what server, engine and frontends say to each other.

``commands`` are what people ask for, ``events`` are what happened, ``audio`` is the voice between
them, ``view`` is what a participant may know of a room, and ``codec`` turns all of it into bytes
and back. Nothing here does input or output, knows a clock or draws a random number.
docs/protocol.md is the normative text.
"""

SUBPROTOCOL = "roomcli.v1"
"""The WebSocket subprotocol; a new number means that old clients cannot talk to this server."""

ACK_DELAY = "ack_delay"
"""The server takes acknowledgements that tell how long a client holds voice back."""
ROOM_MOVES = "room_moves"
"""The client takes a ``joined`` that it has not asked for: its room has moved to another server."""
FEATURES: tuple[str, ...] = (ACK_DELAY, ROOM_MOVES)
"""What this build can do beyond the base protocol, by stable names; sent by both sides."""

DEFAULT_PORT = 7420

MAX_MESSAGE = 896 * 1024
"""The longest WebSocket message that a client accepts, in bytes: ``joined`` of a room with more
than five hundred visible people and fifty chat messages, all as long as allowed, badges too."""

MAX_FROM_CLIENT = 8 * 1024
"""The longest WebSocket message that a server accepts, in bytes: a ``hello`` with all fields
full."""
