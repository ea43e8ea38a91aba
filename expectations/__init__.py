"""Great Expectations suites of the warehouse, and the one runner that validates them.

Nothing here imports the orchestrator: a suite can be validated from a shell, a test or a job.
"""
