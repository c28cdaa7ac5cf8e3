"""The store in SQLite, behind one thread."""
