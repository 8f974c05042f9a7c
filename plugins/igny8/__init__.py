"""IGNY8 Automation: content rules that run on Apache Airflow."""
