"""Which OU an account is in, from when: history that the database keeps free of overlaps."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import DateTimeField, Func, Max
from psycopg.types.range import TimestamptzRange

from accounts.models import Account, OrganizationalUnit, Placement

BEGIN = """
INSERT INTO accounts_placement (account_id, ou_id, during)
SELECT id, ou_id, tstzrange(%s, NULL) FROM accounts_account
WHERE id = ANY(%s) AND ou_id IS NOT NULL
"""


def begin(account_pks: Iterable[int], *, at: datetime) -> None:
    """First placements of accounts that had none, many at once: in the OU they are in now."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [at, list(account_pks)])


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
    at = max(at, _latest_end(account) or at)  # clocks of two workers differ
    if open_one is not None:
        _end(open_one, at)
    if ou is not None:
        Placement.objects.create(account=account, ou=ou, during=TimestamptzRange(at, None))
    return open_one is not None or ou is not None


def _latest_end(account: Account) -> datetime | None:
    closed = Placement.objects.filter(account=account, during__endswith__isnull=False)
    latest: datetime | None = closed.aggregate(latest=Max(RangeEnd("during")))["latest"]
    return latest


class RangeEnd(Func):
    """The upper bound of a range."""

    function = "upper"
    output_field = DateTimeField()


def _end(placement: Placement, at: datetime) -> None:
    begun = placement.during.lower
    if begun is not None and begun >= at:  # it never really began
        placement.delete()
        return
    placement.during = TimestamptzRange(begun, at)
    placement.save(update_fields=["during"])
