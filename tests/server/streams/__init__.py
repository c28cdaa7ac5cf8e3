"""Tests of ``server/streams``."""
