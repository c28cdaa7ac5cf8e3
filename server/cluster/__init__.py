"""What joins several servers through Valkey or Redis, so that a room can span them.

Each part works by itself; ``server.nodes`` makes a server one of a cluster with them. Nothing of
this is imported on a single machine, and coredis is an extra of the distribution
(``roomcli[cluster]``).
"""
