"""One pass of a source: under a lock, measured, and visible when it fails."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pglock
from django.db import models
from django.utils import timezone

from portal.aws.models import Connection
from portal.errors import Conflict, PortalError
from portal.sync.models import SyncRun

log = logging.getLogger("portal.sync")
STALE_AFTER = timedelta(hours=1)


class AlreadyRunning(Conflict):
    """Another process is at this source and connection right now."""


class Partial(PortalError):
    """Not everything could be read: what was read counts, and nothing may be called gone."""


@contextmanager
def one_pass(source: str, connection: Connection) -> Iterator[SyncRun]:
    """Do one pass; the row tells how it went. Raises AlreadyRunning; other errors are recorded
    on the row and raised again, Partial is recorded and swallowed."""
    with pglock.advisory(f"sync:{source}:{connection.pk}", timeout=0) as mine:
        if not mine:
            raise AlreadyRunning()
        SyncRun.objects.filter(
            source=source, connection=connection, status=SyncRun.Status.RUNNING
        ).update(status=SyncRun.Status.FAILED, error="The process ended.", ended_at=timezone.now())
        run = SyncRun.objects.create(source=source, connection=connection)
        try:
            yield run
        except Partial as partial:
            _end(run, SyncRun.Status.PARTIAL, str(partial))
        except Exception as error:
            _end(run, SyncRun.Status.FAILED, f"{type(error).__name__}: {error}"[:2000])
            raise
        else:
            _end(run, SyncRun.Status.COMPLETE, "")


def _end(run: SyncRun, status: str, error: str) -> None:
    run.status, run.error, run.ended_at = status, error.replace("\x00", ""), timezone.now()
    run.save()
    log.info("sync.ended", extra={"source": run.source, "status": status, "calls": run.calls})


class Freshness(models.TextChoices):
    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"
    NEVER = "never"


def freshness(source: str) -> list[tuple[Connection, datetime | None, SyncRun | None, str]]:
    """Per connection: when its data was last complete, its newest pass, and in a word how fresh."""
    rows = []
    for connection in Connection.objects.all():
        passes = SyncRun.objects.filter(source=source, connection=connection)
        newest = passes.exclude(status=SyncRun.Status.RUNNING).first()
        complete = passes.filter(status=SyncRun.Status.COMPLETE).first()
        as_of = complete.started_at if complete else None
        rows.append((connection, as_of, newest, _word(newest, as_of)))
    return rows


def _word(newest: SyncRun | None, as_of: datetime | None) -> str:
    if newest is None or as_of is None:
        return Freshness.NEVER if newest is None else Freshness.FAILED
    if newest.status != SyncRun.Status.COMPLETE:
        return Freshness.FAILED
    return Freshness.STALE if timezone.now() - as_of > STALE_AFTER else Freshness.FRESH
