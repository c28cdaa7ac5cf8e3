"""What the benchmarks compare with, measured in the same run."""
