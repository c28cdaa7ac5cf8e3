"""What benchmarks.scale_model counts with: each figure beside the command that measured it."""

from __future__ import annotations

TICKS = 50
"""Bundles of a room in a second."""
HEARD = 4
"""Voices that are heard at once."""

# Measured. python -m benchmarks.sizing --tls
MESSAGE_US = {1: 12.6, 3: 13.2, 4: 17.2}
"""CPU of a server for one tick's message to one listener, by the voices in it."""
LISTENER_KBIT_S = {1: 46.0, 3: 130.0, 4: 170.0}
# python -m benchmarks.memory --tls
LISTENER_KIB = 42.7
# python -m benchmarks.cluster --rooms 500
PUBLISH_US = 3.6
HEAR_US = 3.1
VALKEY_US = 1.3
"""For each server to which a bundle goes; a publication is in it, since one was measured."""
VOICE_MBIT_S = 110 * 8 * TICKS / 1e6
"""Of one voice in bundles between servers: 110 bytes in each tick, with its seat and its share."""
# python -m benchmarks.cluster --leases 1000
CALL_US = 210.0
VALKEY_CALL_US = 21.0
"""Of one call a second: a lease is renewed by its owner, and looked at by others with people."""
# python -m benchmarks.cluster --listeners 600 --tls
VISITOR_US = 50.0
VISITOR_KIB = 14.5
"""What a room's owner has, in a second, of somebody who is at another server."""
# Counted: server/nodes/other_rooms.py with four on stage; read in 7 us.
NOTICE_BYTES = 500
NOTICE_US = 7.0
"""Of each listed room, which every server tells all others once a second when something changes."""

# Assumed: what one may fill of what a small virtual machine has.
CORE_SHARE = 0.6
"""Of the one core that a process uses; the rest is for bursts and for moderation."""
NETWORK_MBIT_S = 700.0
"""Of 1 Gb/s."""
MEMORY_MIB = 2048.0
