"""The command line: the only place that composes server, engine and frontends."""
