"""Runs of one rule that overlap, and events in quiet hours, on the running system."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from driving import Rules, Run, wait_until

from igny8_local.airflow_api import AirflowApi
from igny8_local.stack import Stack

SLOW = """\
id: {id}
name: {id}
account: demo
site: home-espresso
trigger: {trigger}
{fields}
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: [1]}}}}
"""


def rule(rule_id: str, *fields: str, trigger: str = "manual") -> str:
    return SLOW.format(id=rule_id, trigger=trigger, fields="\n".join(fields))
