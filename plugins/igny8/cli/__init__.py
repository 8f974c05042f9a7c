"""The command ``igny8``: rules, runs and content from a terminal, a git hook or a script.

It knows neither Airflow nor the engine: it reads rule files with :mod:`igny8.rules`, and everything else over HTTP.
"""
