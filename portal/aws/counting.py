"""How many calls to AWS a piece of work makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Counter:
    calls: int = 0


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
        counter.calls += 1
