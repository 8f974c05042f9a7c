FROM apache/airflow:3.3.2-python3.12

COPY --chown=airflow:0 requirements.txt /opt/airflow/requirements.txt
RUN pip install --no-cache-dir -r /opt/airflow/requirements.txt

COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 rules /opt/airflow/rules

RUN mkdir -p /opt/airflow/state && chmod g+w /opt/airflow/state

ENV PYTHONPATH=/opt/airflow/plugins:/opt/airflow/include \
    IGNY8_RULES_PATH=/opt/airflow/rules \
    MALLOC_ARENA_MAX=2
