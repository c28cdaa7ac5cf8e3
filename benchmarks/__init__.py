"""Every number that docs/benchmarks.md claims, one command each, beside its peers."""
