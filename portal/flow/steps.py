"""The socket for long work: apps declare steps in steps.py and plans in plans.py.

A step looks at the world, does the one thing missing, and answers DONE (or done with a note),
`again(seconds=…)`, or raises: Refused for good, anything else to be tried later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.errors import PortalError, Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step answered. `wait_seconds` None: done. `note`: what AWS said, for people."""

    wait_seconds: float | None = None
    note: str = ""


DONE = Outcome()


def done(note: str) -> Outcome:
    return Outcome(note=note)


def again(*, seconds: float, note: str = "") -> Outcome:
    """Not yet: look again after `seconds`."""
    return Outcome(wait_seconds=seconds, note=note)


class Refused(PortalError):
    """No for good: trying again the same way can't help, a person must look.

    `restart` names an earlier step of the plan from where a person's retry begins again.
    """

    code, status = "refused", 502

    def __init__(self, message: Text, *, restart: str = ""):
        super().__init__(message)
        self.restart = restart


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: Text
    do: Callable[[Any], Outcome]


@dataclass(frozen=True, slots=True)
class Plan:
    """A list of step names that reads as prose. `subject` is app.Model, whose row has a `run`.

    `ended(subject, run)` is called in the transaction that ends the run, whatever the end.
    """

    name: str
    title: Text
    subject: str
    steps: tuple[str, ...]
    ended: Callable[[Any, Any], None]


STEPS: dict[str, Step] = {}
PLANS: dict[str, Plan] = {}


def step(title: Text) -> Callable[[Callable[[Any], Outcome]], Callable[[Any], Outcome]]:
    """Offer a function as a step under app.function_name."""

    def offer(do: Callable[[Any], Outcome]) -> Callable[[Any], Outcome]:
        name = f"{do.__module__.split('.')[0]}.{do.__name__}"
        STEPS[name] = Step(name, title, do)
        return do

    return offer


def plan(
    name: str,
    *,
    title: Text,
    subject: str,
    steps: list[str],
    ended: Callable[[Any, Any], None],
) -> Plan:
    """Declare a plan. A system check stops the start when it names a step nobody offers."""
    PLANS[name] = Plan(name, title, subject, tuple(steps), ended)
    return PLANS[name]
