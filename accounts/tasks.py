"""Doors for Celery: ids in, one service called, nothing out."""

import logging

from celery import shared_task

from accounts.services import organisation
from portal.aws.errors import AwsError
from portal.aws.models import Connection
from portal.flow import messages
from portal.sync.sources import AlreadyRunning

log = logging.getLogger("accounts.sync")


@shared_task(name="accounts.sync_organisations", time_limit=60)
def sync_organisations() -> None:
    """One task per organisation, so that a slow one holds up no other."""
    for pk in Connection.objects.values_list("pk", flat=True):
        messages.send("accounts.sync_organisation", pk)


@shared_task(name="accounts.sync_organisation", time_limit=3600)
def sync_organisation(connection_id: int) -> None:
    try:
        organisation.sync(Connection.objects.get(pk=connection_id))
    except AlreadyRunning:
        log.info("sync.already_running", extra={"connection": connection_id})
    except AwsError as error:  # it stands on the data page; the beat comes again
        log.warning("sync.failed", extra={"connection": connection_id, "code": error.aws_code})
