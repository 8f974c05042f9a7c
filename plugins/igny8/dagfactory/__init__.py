"""From a stored rule to a Dag."""

from igny8.dagfactory.build import build_dag, dag_id
from igny8.dagfactory.load import load_dags, load_shard

__all__ = ["build_dag", "dag_id", "load_dags", "load_shard"]
