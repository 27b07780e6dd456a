"""A Celery worker that is killed at a chosen moment, once, and another one that comes after it.

`python -m tests.processes.crashing`; CRASH_AT is <step>:<moment>:<file>. The moment is `before` (a
changing call is about to be sent), `after` (AWS has answered, nothing is written), `saved` (the
step has saved what it learnt, the run has not moved on) or `moved` (the run has moved on, the
message is not acknowledged). The file remembers that the crash has happened. The second worker is
a fresh process too: both are forked from one that has only imported the portal.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from portal.aws.acting import current  # noqa: E402
from portal.aws.journal import Journal  # noqa: E402
from portal.celery import app  # noqa: E402
from portal.flow import runner  # noqa: E402

STEP, MOMENT, FILE = os.environ["CRASH_AT"].split(":", 2)


def crash(step: str, moment: str) -> None:
    if (step, moment) != (STEP, MOMENT) or Path(FILE).exists():
        return
    Path(FILE).touch()
    os.kill(os.getpid(), signal.SIGKILL)


def acting_step() -> str:
    acting = current()
    return acting.step if acting else ""


def around(function: Callable[..., Any], *, before: str = "", after: str = "") -> Any:
    def wrapped(self: Journal, *args: Any, **kwargs: Any) -> Any:
        answer = function(self, *args, **kwargs)
        crash(acting_step(), before or after)
        return answer

    return wrapped


# The intent is written, the call is not sent; and: AWS has answered, nothing is written.
Journal._intend = around(Journal._intend, before="before")  # type: ignore[method-assign]
sent_outcome = Journal._outcome


def outcome(self: Journal, *args: Any, **kwargs: Any) -> None:
    crash(acting_step(), "after")
    sent_outcome(self, *args, **kwargs)


Journal._outcome = outcome  # type: ignore[method-assign]
settle = runner._settle


def settled(run: Any, *args: Any, **kwargs: Any) -> bool:
    step = runner.PLANS[run.plan].steps[run.position]
    crash(step, "saved")
    moved = settle(run, *args, **kwargs)
    crash(step, "moved")
    return moved


runner._settle = settled


def main() -> None:
    first = os.fork()
    if first == 0:
        work("first")
    _pid, ending = os.waitpid(first, 0)
    if not (os.WIFSIGNALED(ending) and os.WTERMSIG(ending) == signal.SIGKILL):
        raise SystemExit(f"the worker ended without the crash: {ending}")
    work("second")


def work(name: str) -> None:
    app.worker_main(
        ["worker", "--pool=solo", "-l", "WARNING", "-n", f"{name}@%h", "--without-gossip",
         "--without-mingle"]
    )  # fmt: skip


if __name__ == "__main__":
    main()
