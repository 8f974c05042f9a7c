"""A triggerer that takes up new triggers at once: ``python -m igny8.execution.triggerer``.

Airflow's own triggerer asks for new work once a second, and its two halves do so one after the other: a task that
starts from a trigger waits one to two seconds. This one asks more often and is the same in everything else. The rules
also run on the stock ``airflow triggerer``, only that their actions start about a second later.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from airflow.configuration import conf
from airflow.jobs.job import Job, run_job
from airflow.jobs.triggerer_job_runner import (
    ToTriggerSupervisor,
    TriggererJobRunner,
    TriggerRunner,
    TriggerRunnerSupervisor,
)
from airflow.models.xcom import XComModel
from airflow.sdk.execution_time.comms import SetXCom
from structlog.typing import FilteringBoundLogger

SHORTEST_PAUSE: Final = 0.2
"""How long the runner rests between two rounds when it has nothing to do, in seconds."""
LONGEST_PAUSE: Final = 0.8
"""How long it rests when it has a lot to do."""


def pause(triggers: int) -> float:
    """How long a round lasts when that many triggers run, in seconds.

    The more, the longer: a round costs the same for one new trigger as for fifty, so under load few and full rounds
    get more done.
    """
    return min(LONGEST_PAUSE, SHORTEST_PAUSE + triggers / 100)


class PromptTriggerRunner(TriggerRunner):
    """Rests briefly between two rounds, where Airflow's own always rests for a second."""

    async def cancel_triggers(self) -> None:
        """Do the last step of a round, then rest."""
        await super().cancel_triggers()
        if self._stop_event is not None:
            self._stop_event.set()  # the base class rests until this is set: it no longer does
        if not self.stop:
            await asyncio.sleep(pause(len(self.triggers)))


class PromptTriggerRunnerSupervisor(TriggerRunnerSupervisor):
    """Runs the prompt runner, and serves its requests all through a round.

    Airflow's own goes through all it has to do with the database after every single request: the more triggers write
    XComs, the later each is served.
    """

    @contextmanager
    def run_context(self) -> Iterator[None]:
        """Get ready before the first trigger comes: the API that triggers write XComs by takes seconds to build."""
        self.client.variables.get("igny8_warm_up")
        with super().run_context():
            yield

    def run_once(self) -> None:
        """Do one round, in the order of the base class."""
        end = time.monotonic() + pause(len(self.running_triggers))
        self.load_triggers()
        while self.is_alive() and (rest := end - time.monotonic()) > 0:
            self._service_subprocess(rest)
        self.handle_events()
        self.handle_failed_triggers()
        self.clean_unused()
        self.heartbeat()
        self.emit_metrics()

    def _handle_request(self, msg: ToTriggerSupervisor, log: FilteringBoundLogger, req_id: int) -> None:
        # This process has the database at hand. By way of the API that it carries for its other requests, an XCom costs
        # five times the processor's time, and every task of a rule writes some.
        if not isinstance(msg, SetXCom) or msg.mapped_length is not None:
            super()._handle_request(msg, log, req_id)
            return
        self._last_runner_comms = time.monotonic()
        XComModel.set(
            msg.key,
            msg.value,
            dag_id=msg.dag_id,
            task_id=msg.task_id,
            run_id=msg.run_id,
            map_index=-1 if msg.map_index is None else msg.map_index,
            serialize=False,
            dag_result=bool(msg.dag_result),
        )
        self.send_msg(None, request_id=req_id, error=None)

    @classmethod
    def run_in_process(cls) -> None:
        """Run in the child process, with the triggers of rules imported beforehand."""
        import igny8.execution.triggers  # noqa: F401, PLC0415 - here, so that it is loaded in the child only

        PromptTriggerRunner().run()


class PromptTriggererJobRunner(TriggererJobRunner):
    """Starts the prompt supervisor in place of the stock one."""

    def _execute(self) -> int | None:
        os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"  # as the base class does: connections come from the database
        self.register_signals()
        self.trigger_runner = PromptTriggerRunnerSupervisor.start(
            job=self.job, capacity=self.capacity, logger=self.log, queues=self.queues, team_name=self.team_name
        )
        try:
            self.trigger_runner.run()
            return self.trigger_runner._exit_code  # noqa: SLF001 - as the base class returns it
        finally:
            self.trigger_runner.kill(escalation_delay=10, force=True)


def main() -> None:
    """Run until SIGINT or SIGTERM."""
    runner = PromptTriggererJobRunner(job=Job(heartrate=conf.getfloat("triggerer", "job_heartbeat_sec")))
    run_job(job=runner.job, execute_callable=runner._execute)  # noqa: SLF001 - run_job's way in


if __name__ == "__main__":
    main()
