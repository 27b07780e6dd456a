"""The data page: how fresh each source is, and the history of its passes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.sync.models import SyncRun
from portal.sync.reading import readings

pytestmark = pytest.mark.django_db


@pytest.fixture
def passes(connection):
    """A complete pass two hours ago, and one that failed since."""
    now = timezone.now()
    complete = SyncRun.objects.create(
        source="organisation", connection=connection, status="complete", ended_at=now, seen=60
    )
    SyncRun.objects.filter(pk=complete.pk).update(started_at=now - timedelta(hours=2))
    SyncRun.objects.create(
        source="organisation",
        connection=connection,
        status="failed",
        ended_at=now,
        error="AccessDenied: arn:aws:iam::100000000001:role/PortalRead",
    )


def test_a_connection_never_read_says_so(connection):
    assert [(r.connection, r.word) for r in readings()] == [(connection, "never")]


def test_a_failed_pass_is_a_problem_and_the_data_as_old_as_the_last_whole_one(passes):
    (reading,) = readings()
    assert (reading.word, reading.newest.status) == ("failed", "failed")
    assert timezone.now() - reading.as_of > timedelta(hours=1)


def test_every_pass_is_in_the_history(client_of, finance, passes):
    response = client_of(finance).get("/data/")
    assert [row.record.status for row in response.context["list"].table.rows] == [
        "failed",
        "complete",
    ]


def test_what_went_wrong_is_told_to_those_who_can_look_into_it(client_of, ccoe, developer, passes):
    assert "role/PortalRead" in client_of(ccoe).get("/data/").content.decode()
    assert "role/PortalRead" not in client_of(developer).get("/data/").content.decode()


def test_what_went_wrong_is_not_in_the_file_of_others_either(client_of, developer, passes):
    response = client_of(developer).get("/data/?format=csv")
    assert b"role/PortalRead" not in b"".join(response.streaming_content)


def test_the_history_is_filtered(client_of, auditor, passes):
    response = client_of(auditor).get("/data/?status=complete")
    assert [row.record.status for row in response.context["list"].table.rows] == ["complete"]


def test_the_history_costs_the_same_however_long(
    client_of, auditor, connection, passes, django_assert_num_queries
):
    rows = [SyncRun(source="organisation", connection=connection) for _n in range(40)]
    SyncRun.objects.bulk_create(rows)
    client = client_of(auditor)
    with django_assert_num_queries(5):
        client.get("/data/", headers={"HX-Request": "true"})


def test_without_a_connection_the_page_says_what_is_missing(client_of, admin):
    page = client_of(admin).get("/data/").content.decode()
    assert "No organisation is connected yet." in page
