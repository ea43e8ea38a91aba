"""Pure functions behind the Python steps: no I/O, and every business rule is an argument."""
