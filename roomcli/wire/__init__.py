"""The network code that engine and server share: one writer per connection, TLS, acknowledgements.

``stream`` is the outbound stream with its rules. ``records`` is TLS below its queues.
``connection`` is what a WebSocket over it is at both sides; ``accepted`` is the server's, by
wsproto, ``dialed`` the client's, by trio-websocket, and ``opening`` opens that. ``frames`` frames a
message once for many listeners. ``window`` and ``heartbeat`` are the pure rules for stale voice and
for signs of life.
"""
