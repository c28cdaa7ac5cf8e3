"""The terminal interface: a Textual app on the engine's channel."""
