"""The terminal interface: Textual over the engine's channel."""
