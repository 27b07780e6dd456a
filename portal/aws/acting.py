"""In whose name, why, and by which approval a changing call is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """What stands behind a changing call. With a run, its fence must still be the newest."""

    actor_id: int
    actor_name: str
    reason: str
    run_id: int | None = None
    fence: int | None = None
    step: str = ""
    approval_id: int | None = None
    marker: str = ""  # what CloudTrail shows as source identity besides the person

    def session_name(self) -> str:
        """2–64 characters of [\\w+=,.@-], for RoleSessionName and SourceIdentity."""
        name = "".join(
            c if c.isascii() and (c.isalnum() or c in "+=,.@-_") else "-" for c in self.marker
        )
        return f"portal-{name or self.actor_id}"[:64]


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    return _current.get()


@contextmanager
def acting(context: Acting) -> Iterator[Acting]:
    """Inside, changing calls are allowed, in this name and for this reason."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def at_step(context: Acting, step: str) -> Acting:
    return replace(context, step=step)
