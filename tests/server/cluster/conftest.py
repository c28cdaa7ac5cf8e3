"""One server of each kind for all tests that do not harm it."""

from ...support.valkey import shared_valkey

__all__ = ["shared_valkey"]
