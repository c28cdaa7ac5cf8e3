"""Benchmarks: one command for each table of docs/benchmarks.md, with a peer to compare with."""
