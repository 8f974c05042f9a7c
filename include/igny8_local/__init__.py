"""The whole system on one machine: PostgreSQL, the content engine and Airflow as child processes of one command."""
