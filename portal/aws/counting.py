"""How many calls to AWS a piece of work makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Counter:
    calls: int = 0
    lock: Lock = field(default_factory=Lock, repr=False)  # one pass reads in several threads


_counter: ContextVar[Counter | None] = ContextVar("aws_calls", default=None)


@contextmanager
def counting() -> Iterator[Counter]:
    """Counts the calls made inside; retries of one call count once."""
    counter = Counter()
    token = _counter.set(counter)
    try:
        yield counter
    finally:
        _counter.reset(token)


def one_more() -> None:
    counter = _counter.get()
    if counter is not None:
        with counter.lock:
            counter.calls += 1
