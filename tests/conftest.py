from __future__ import annotations

import sys

# Great Expectations imports pyspark where it is installed, and pyspark takes a process whose main
# module has neither file nor spec for a run of its own doctests, and ends it. The workers of
# pytest-xdist are such processes.
main_module = sys.modules["__main__"]
if not hasattr(main_module, "__file__"):
    main_module.__file__ = __file__
