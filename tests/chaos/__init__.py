"""Kills at random moments: `make chaos`, or `python -m tests.chaos --kills 30 --seed 1`."""
