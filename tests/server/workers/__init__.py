"""Tests of several processes that serve the same rooms."""
