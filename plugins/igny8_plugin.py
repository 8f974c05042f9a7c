"""The one file that Airflow loads as a plugin. The package beside it is kept out by .airflowignore."""

from airflow.plugins_manager import AirflowPlugin


class Igny8Plugin(AirflowPlugin):
    """Puts the package ``igny8`` on the path of every Airflow process, which is all that running rules needs."""

    name = "igny8"
