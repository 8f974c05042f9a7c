"""Read by each process of the system under test when it starts: it makes a measured fork cheap.

Coverage begins anew in each process that Airflow forks, and notes for its own debugging where in the source it was
begun. To find that out it goes through all modules there are: 0.3 s of a core, hundreds of times in a run of the tests.
"""

import sys

if collector := sys.modules.get("coverage.collector"):
    collector.short_stack = lambda: ""  # type: ignore[attr-defined]
