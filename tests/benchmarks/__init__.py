"""Benchmarks: ratios to the floor measured in the same run, never part of `make test`."""
