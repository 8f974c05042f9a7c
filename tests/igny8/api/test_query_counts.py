"""What a request asks of the database does not grow with the number of rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SCRIPT = Path(__file__).with_name("counting_queries.py")


def test_as_many_statements_for_many_rules_as_for_few(new_database: Callable[[], str], tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    database = new_database().removeprefix("postgresql")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path.endswith(("plugins", "include"))),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2{database}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg{database}",
        "IGNY8_RULES_PATH": str(rules),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(rules)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counts: dict[str, list[int]] = json.loads(done.stdout.splitlines()[-1])
    assert len(counts) == 16
    assert counts.pop("revisions") == [0, 0], "these are files"
    for name, (few, many) in counts.items():
        assert 0 < many <= few <= 15, (name, counts)
