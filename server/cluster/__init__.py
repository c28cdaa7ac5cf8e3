"""What joins several servers through Valkey or Redis, so that a room can span them.

Each part works by itself; ``roomcli serve`` does not reach them yet. Nothing of this is imported on
a single machine, and coredis is an extra of the distribution (``roomcli[cluster]``).
"""
