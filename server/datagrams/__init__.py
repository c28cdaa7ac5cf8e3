"""The server's UDP sockets: one for each address that it listens on, read and written in batches.

``arrivals`` reads what has come, ``batch`` sends many datagrams by one system call where there is
one. Both know from which of this machine's addresses an answer has to leave (``addresses``). What
is in a datagram is the affair of ``roomcli.wire.udp``.
"""
