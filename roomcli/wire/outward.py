"""Finds the address that this machine has towards others. Only asks; nothing is sent."""

from __future__ import annotations

import socket

# These addresses are reserved for documentation.
_ELSEWHERE = {4: (socket.AF_INET, "192.0.2.1"), 6: (socket.AF_INET6, "2001:db8::1")}


def outward_address(version: int) -> str | None:
    """Return this machine's outward IP address of this version; None if it has no route out.

    No name of the machine is looked up.
    """
    family, elsewhere = _ELSEWHERE[version]
    try:
        # Connecting a datagram socket only asks the routing table.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            return str(probe.getsockname()[0])
    except OSError:  # no such version, or no route
        return None
