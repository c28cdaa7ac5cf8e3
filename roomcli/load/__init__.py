"""Many people in one room, to learn what a server bears: they speak, listen, and count."""
