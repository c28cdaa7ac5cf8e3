"""Voice to many TCP connections at once, by one system call where there is one (``ring``)."""
