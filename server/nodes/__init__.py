"""A server of a cluster: rooms that other servers decide about, and people who visit from there.

Each room has one owner, by a lease in Valkey: the server that opened it. Another server relays the
visits of its people there, message by message, as a worker does to its parent; voice goes beside,
over the channels of Valkey.
"""
