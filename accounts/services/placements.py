"""Which OU an account is in, from when: history that the database keeps free of overlaps."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from accounts.models import Account, OrganizationalUnit, Placement


def begin(accounts: Iterable[Account], *, at: datetime) -> None:
    """First placements of accounts that had none, many at once."""
    Placement.objects.bulk_create(
        (
            Placement(account=account, ou_id=account.ou_id, during=TimestamptzRange(at, None))
            for account in accounts
            if account.ou_id is not None
        ),
        batch_size=1000,
    )


@transaction.atomic
def place(account: Account, ou: OrganizationalUnit | None, *, at: datetime) -> bool:
    """The account is in `ou` from `at` on (None: nowhere any more). True when that is news."""
    open_one = (
        Placement.objects.select_for_update()
        .filter(account=account, during__endswith__isnull=True)
        .first()
    )
    if open_one is not None and ou is not None and open_one.ou_id == ou.pk:
        return False
    if open_one is not None:
        _end(open_one, at)
    if ou is not None:
        Placement.objects.create(account=account, ou=ou, during=TimestamptzRange(at, None))
    return open_one is not None or ou is not None


def _end(placement: Placement, at: datetime) -> None:
    begun = placement.during.lower
    if begun is not None and begun >= at:  # it never really began
        placement.delete()
        return
    placement.during = TimestamptzRange(begun, at)
    placement.save(update_fields=["during"])
