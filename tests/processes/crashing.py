"""A Celery worker that kills itself at a chosen moment, once. Started with `-A tests.processes.crashing`.

CRASH_AT is <step>:<moment>:<file>: the moment is `before` (a changing call is about to be sent),
`after` (AWS has answered, nothing is saved), `saved` (the step has saved what it learnt, the run has
not moved on) or `moved` (the run has moved on, the message is not acknowledged). The file remembers
that the crash has happened. A step without a changing call crashes around its work instead.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.aws.journal import Journal
from portal.aws.acting import current
from portal.celery import app
from portal.flow import runner

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
__all__ = ["app"]
