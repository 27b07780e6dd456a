"""Which OU an account was in, from when until when: no gaps that were not there, no overlaps."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from accounts.models import Placement
from accounts.services import placements
from tests import factories

pytestmark = pytest.mark.django_db
T = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ous(connection):
    return list(connection.ous.exclude(name="Root").order_by("name"))


@pytest.fixture
def account(ous):
    return factories.AccountFactory(ou=ous[0])


def history(account) -> list[tuple[str, datetime | None, datetime | None]]:
    rows = Placement.objects.filter(account=account).order_by("during")
    return [(row.ou.name, row.during.lower, row.during.upper) for row in rows]


def test_a_first_placement_is_open(account, ous):
    assert placements.place(account, ous[0], at=T)
    assert history(account) == [(ous[0].name, T, None)]


def test_the_same_place_again_is_no_news(account, ous):
    placements.place(account, ous[0], at=T)
    assert not placements.place(account, ous[0], at=T + HOUR)
    assert history(account) == [(ous[0].name, T, None)]


def test_a_move_ends_one_and_begins_another_at_the_same_instant(account, ous):
    placements.place(account, ous[0], at=T)
    placements.place(account, ous[1], at=T + HOUR)
    assert history(account) == [(ous[0].name, T, T + HOUR), (ous[1].name, T + HOUR, None)]


def test_an_account_that_left_is_nowhere_and_may_come_back(account, ous):
    placements.place(account, ous[0], at=T)
    placements.place(account, None, at=T + HOUR)
    placements.place(account, ous[0], at=T + 3 * HOUR)
    assert history(account) == [(ous[0].name, T, T + HOUR), (ous[0].name, T + 3 * HOUR, None)]


def test_a_placement_of_no_length_is_not_kept(account, ous):
    placements.place(account, ous[0], at=T)
    placements.place(account, ous[1], at=T)
    assert history(account) == [(ous[1].name, T, None)]


def test_a_worker_whose_clock_is_behind_makes_no_overlap(account, ous):
    placements.place(account, ous[0], at=T)
    placements.place(account, ous[1], at=T + HOUR)
    assert placements.place(account, ous[2], at=T + HOUR / 2)
    assert history(account) == [(ous[0].name, T, T + HOUR), (ous[2].name, T + HOUR, None)]


def test_an_account_that_came_back_by_a_slow_clock_makes_no_overlap(account, ous):
    placements.place(account, ous[0], at=T)
    placements.place(account, None, at=T + HOUR)
    placements.place(account, ous[1], at=T + HOUR / 2)
    assert history(account)[-1] == (ous[1].name, T + HOUR, None)


def test_many_begin_at_once_where_they_are(account, ous):
    nowhere = factories.AccountFactory(ou=None, connection=ous[0].connection)
    placements.begin([account.pk, nowhere.pk], at=T)
    assert (history(account), history(nowhere)) == ([(ous[0].name, T, None)], [])


def test_the_database_refuses_two_places_at_once(account, ous):
    placements.place(account, ous[0], at=T)
    with pytest.raises(IntegrityError), transaction.atomic():
        Placement.objects.create(
            account=account, ou=ous[1], during=TimestamptzRange(T + HOUR, T + 2 * HOUR)
        )


def test_two_accounts_may_be_in_one_ou(account, ous):
    other = factories.AccountFactory(ou=ous[0])
    placements.place(account, ous[0], at=T)
    placements.place(other, ous[0], at=T)
    assert Placement.objects.count() == 2
