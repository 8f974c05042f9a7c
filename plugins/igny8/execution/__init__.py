"""Running rules on Airflow: operators whose work is waited for in the triggerer."""
