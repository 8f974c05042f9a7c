"""One Dag for each stored rule, where no bundle of rules is configured; see igny8.dagfactory."""

from pathlib import Path

from igny8.dagfactory.load import load_dags

# airflow dag: the words that make Airflow's file search look into this file
globals().update(load_dags(Path(__file__).parent))
