"""Programs that the benchmarks compare roomcli with, measured in the same run."""
