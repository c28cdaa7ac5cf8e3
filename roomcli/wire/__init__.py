"""The network code that engine and server share: one writer per connection, TLS, acknowledgements.

``stream`` is the outbound stream with its rules. ``records`` is TLS below its queues.
``connection`` is a WebSocket over it, by wsproto, and ``opening`` its handshake. ``frames``
frames a message once for many listeners. ``window`` and ``heartbeat`` are the pure rules for stale
voice and for signs of life.
"""
