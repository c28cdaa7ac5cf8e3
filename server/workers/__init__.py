"""Several processes of one machine that serve the same rooms: ``--workers``.

The parent decides everything: it has the store, the rooms, the desks and the limits. Workers hold
the connections: TLS, WebSocket, voice to and from their own people. Each has one link to the
parent, a socket pair that it inherits.
"""
