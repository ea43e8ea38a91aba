"""`python -m tests.sql_lint`: sqlfluff by its own command line, with fewer rounds of the collector.

A parsed model is a tree of tens of thousands of small objects that all live until it is judged. At
Python's usual threshold looking through them for cycles takes a fifth of the linter's time.
"""

import gc

from sqlfluff.cli.commands import cli

# At import, not below: the linter's own processes import this module, and need it as well.
gc.set_threshold(200_000, 20, 50)

if __name__ == "__main__":
    cli()
