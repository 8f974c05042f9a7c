"""A triggerer that takes up new triggers at once: ``python -m igny8.execution.triggerer``.

Airflow's own triggerer asks for new work once a second, and its two halves do so one after the other: a task that
starts from a trigger waits one to two seconds. This one asks more often and is the same in everything else. The rules
also run on the stock ``airflow triggerer``, only that their actions start about a second later.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import attrs
from airflow.configuration import conf
from airflow.jobs.job import Job, run_job
from airflow.jobs.triggerer_job_runner import (
    ToTriggerSupervisor,
    TriggererJobRunner,
    TriggerRunner,
    TriggerRunnerSupervisor,
)
from airflow.models.dagbag import DBDagBag
from airflow.models.trigger import Trigger
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse, SetXCom
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from structlog.typing import FilteringBoundLogger

from igny8.execution.batches import end_tasks, write_xcoms

SHORTEST_PAUSE: Final = 0.2
"""How long the runner rests between two rounds when it has nothing to do, in seconds."""
LONGEST_PAUSE: Final = 0.4
"""How long it rests when it has a lot to do."""
CLEANING_INTERVAL: Final = 1.0
"""How long ended triggers stay in the database at least, in seconds."""
MOST_XCOMS: Final = 200
"""How many XComs are written in one transaction at most."""


def pause(triggers: int) -> float:
    """How long a round lasts when that many triggers run, in seconds.

    The more, the longer: a round costs the same for one new trigger as for fifty, so under load few and full rounds
    get more done.
    """
    return min(LONGEST_PAUSE, SHORTEST_PAUSE + triggers / 200)


class PromptTriggerRunner(TriggerRunner):
    """Rests briefly between two rounds, where Airflow's own always rests for a second."""

    async def cancel_triggers(self) -> None:
        """Do the last step of a round, then rest."""
        await super().cancel_triggers()
        if self._stop_event is not None:
            self._stop_event.set()  # the base class rests until this is set: it no longer does
        if not self.stop:
            await asyncio.sleep(pause(len(self.triggers)))


@attrs.define(kw_only=True)
class PromptTriggerRunnerSupervisor(TriggerRunnerSupervisor):
    """Runs the prompt runner, serves its requests all through a round, and writes what belongs together at once.

    Airflow's own goes through all it has to do with the database after every single request: the more triggers write
    XComs, the later each is served.
    """

    _xcoms: list[tuple[int, SetXCom]] = attrs.field(factory=list, init=False)
    _dags: DBDagBag = attrs.field(factory=DBDagBag, init=False)
    _cleaned: float = attrs.field(default=0.0, init=False)

    @contextmanager
    def run_context(self) -> Iterator[None]:
        """Get ready before the first trigger comes: the API that triggers ask by takes seconds to build."""
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

    def load_triggers(self) -> None:
        """Take up triggers that nobody has. One question tells whether there are any; Airflow's own asks five."""
        with create_session() as session:
            owned = session.execute(select(Trigger.id, Trigger.triggerer_id)).all()
        if self.job is not None and all(owner == self.job.id for _, owner in owned):
            self.update_triggers({trigger for trigger, _ in owned})
        else:
            super().load_triggers()

    def _service_subprocess(
        self, max_wait_time: float, raise_on_timeout: bool = False, expect_signal: int | None = None
    ) -> int | None:
        if self._xcoms and (len(self._xcoms) >= MOST_XCOMS or not self.selector.select(0)):
            self._write_xcoms()
        exit_code: int | None = super()._service_subprocess(max_wait_time, raise_on_timeout, expect_signal)
        return exit_code

    def _handle_request(self, msg: ToTriggerSupervisor, log: FilteringBoundLogger, req_id: int) -> None:
        # This process has the database at hand. By way of the API that it carries for its other requests, an XCom costs
        # five times the processor's time, and every task of a rule writes some. Each is answered when it is written.
        if isinstance(msg, SetXCom) and msg.mapped_length is None:
            self._last_runner_comms = time.monotonic()
            self._xcoms.append((req_id, msg))
            return
        self._write_xcoms()  # what comes after them may build on them
        super()._handle_request(msg, log, req_id)

    def _write_xcoms(self) -> None:
        """Write the XComs that wait, all at once; if that fails one by one, and say to each whether it is written."""
        waiting, self._xcoms = self._xcoms, []
        if not waiting:
            return
        try:
            write_xcoms(xcom for _, xcom in waiting)
        except (ValueError, DBAPIError) as error:
            if len(waiting) > 1:
                for each in waiting:
                    self._xcoms = [each]
                    self._write_xcoms()
                return
            ((req_id, xcom),) = waiting
            self.process_log.error("An XCom could not be written", key=xcom.key, task_id=xcom.task_id, error=str(error))
            detail = {"status_code": None, "message": str(error), "exception_type": type(error).__name__}
            refusal = ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail)
            self.send_msg(None, request_id=req_id, error=refusal)
            return
        for req_id, _ in waiting:
            self.send_msg(None, request_id=req_id, error=None)

    def handle_events(self) -> None:
        """End what can be ended together, then let Airflow handle the rest one by one."""
        ended = end_tasks({entry.trigger_id: entry.event for entry in self.events}, self._dags)
        self.persisted_event_seqs.extend(
            entry.persist_seq for entry in self.events if entry.trigger_id in ended and entry.persist_seq is not None
        )
        self.events = deque(entry for entry in self.events if entry.trigger_id not in ended)
        super().handle_events()

    def clean_unused(self) -> None:
        """Remove the triggers of tasks that have ended, as often as Airflow's own triggerer does."""
        if time.monotonic() - self._cleaned >= CLEANING_INTERVAL:
            super().clean_unused()
            self._cleaned = time.monotonic()

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
