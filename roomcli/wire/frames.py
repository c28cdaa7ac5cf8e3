"""WebSocket data frames, made once and sent to many (RFC 6455, section 5.2).

These are only the frames that roomcli sends outside its WebSocket library: one unfragmented binary
frame per message, no extensions. A server's frames are not masked, so that everyone gets the same
bytes.
"""

from __future__ import annotations

_FINAL_BINARY = 0x82
_MASKED = 0x80
CLOSE = 0x88
"""The first byte of a Close frame."""


def server_frame(message: bytes) -> bytes:
    """Return the message as a frame from a server."""
    return _head(len(message), 0) + message


def client_frame(message: bytes, mask: bytes) -> bytes:
    """Return the message as a frame from a client; ``mask`` is four fresh random bytes."""
    size = len(message)
    pattern = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(message) ^ int.from_bytes(pattern)
    return _head(size, _MASKED) + mask + masked.to_bytes(size)


def payload_of(frame: bytes) -> bytes:
    """Return the message in a server frame."""
    return frame[(2, 4, 10)[max(0, frame[1] - 125)] :]


def _head(size: int, masked: int) -> bytes:
    if size < 126:
        return bytes((_FINAL_BINARY, masked | size))
    if size < 1 << 16:
        return bytes((_FINAL_BINARY, masked | 126)) + size.to_bytes(2)
    return bytes((_FINAL_BINARY, masked | 127)) + size.to_bytes(8)
