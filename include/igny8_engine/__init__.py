"""The content engine: jobs, content, credits. It knows nothing of Airflow."""
