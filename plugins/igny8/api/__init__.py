"""The REST API of the rules, mounted in Airflow's API server at ``/api/v1/automation``."""
