"""What engine and server share of the network: one writer per connection, TLS, acknowledgements.

``stream`` is the outbound stream with its rules, ``records`` TLS below its queues, ``connection`` a
WebSocket over it (the only place that knows trio-websocket), ``frames`` the framing done once for
many listeners, ``window`` and ``heartbeat`` the pure rules of staleness and of life signs.
"""
