"""The audit log as pages: finding, reading on, exporting, proving."""

import csv
import io

import pgtrigger
import pytest
from django.db import connection

from portal.audit import log
from portal.audit.models import AuditEvent
from portal.audit.record import record
from portal.audit.services import VERIFY_AT_MOST
from portal.audit.verify import verify
from portal.audit.words import word

pytestmark = pytest.mark.django_db


def seal() -> None:
    """What a commit would do: the deferred triggers link the events so far."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def many(developer):
    """130 events by one person."""
    for number in range(130):
        record(actor=developer, action="sign_in", reason=f"reason {number}", target=developer)
    seal()


def shown(response) -> list[int]:
    return [row.record.pk for row in response.context["list"].table.rows]


def test_the_newest_come_first_fifty_at_a_time(client_of, auditor, many):
    response = client_of(auditor).get("/audit/")
    newest = list(AuditEvent.objects.values_list("pk", flat=True)[:50])
    assert shown(response) == newest
    assert response.context["list"].older == newest[-1]


def test_older_ones_follow_without_gap_or_repeat(client_of, auditor, many):
    client = client_of(auditor)
    first = client.get("/audit/")
    second = client.get(f"/audit/?before={first.context['list'].older}")
    third = client.get(f"/audit/?before={second.context['list'].older}")
    everything = list(AuditEvent.objects.values_list("pk", flat=True))
    assert shown(first) + shown(second) + shown(third) == everything
    assert third.context["list"].older is None


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "１２", "1.5"])
def test_a_place_that_cannot_be_starts_at_the_newest(before, client_of, auditor, many):
    assert len(shown(client_of(auditor).get("/audit/", {"before": before}))) == 50


def test_the_list_costs_the_same_however_deep(client_of, auditor, many, django_assert_num_queries):
    client = client_of(auditor)
    oldest = AuditEvent.objects.last().pk
    with django_assert_num_queries(4):
        client.get(f"/audit/?before={oldest + 30}", headers={"HX-Request": "true"})


@pytest.fixture
def mixed(developer, ccoe):
    record(actor=developer, action="sign_in", target=developer)
    record(actor=ccoe, action="decide_no", target=developer, reason="Budget is missing")
    record(actor=ccoe, action="audit_verify")
    seal()


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("action=decide_no", ["decide_no"]),
        ("q=budget", ["decide_no"]),
        ("q=Dev", ["decide_no", "sign_in"]),
        ("target_kind=portal.user", ["decide_no", "sign_in"]),
        ("since=2999-01-01", []),
        ("until=2000-01-01", []),
        ("until=9999-12-31&action=sign_in", ["sign_in"]),
        ("action=sign_in&q=budget", []),
    ],
)
def test_events_are_found_by_what_they_say(query, actions, client_of, auditor, mixed):
    response = client_of(auditor).get(f"/audit/?{query}")
    assert [row.record.action for row in response.context["list"].table.rows] == actions


def test_events_are_found_by_actor_and_target(client_of, auditor, developer, ccoe, mixed):
    query = {"actor": ccoe.pk, "target_id": developer.pk}
    response = client_of(auditor).get("/audit/", query)
    assert [row.record.action for row in response.context["list"].table.rows] == ["decide_no"]


def test_a_filter_that_cannot_be_shows_nothing_rather_than_all(client_of, auditor, mixed):
    assert shown(client_of(auditor).get("/audit/?since=yesterday")) == []


def test_an_event_shows_its_facts_and_its_link(client_of, auditor, developer):
    event = record(actor=developer, action="sign_in", facts={"by": "<script>alert(1)</script>"})
    seal()
    page = client_of(auditor).get(f"/audit/{event.pk}/").content.decode()
    assert event.seal.hash in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_an_event_that_is_not_there_is_missing(client_of, auditor):
    assert client_of(auditor).get("/audit/999999/").status_code == 404


def exported(response) -> tuple[str, list[dict[str, str]]]:
    """The comment of the first line, and the rows."""
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    comment, _newline, table = text.partition("\r\n")
    return comment, list(csv.DictReader(io.StringIO(table)))


@pytest.mark.django_db(transaction=True)
def test_an_export_holds_its_own_line_and_the_head_it_ends_at(client_of, auditor, mixed):
    comment, rows = exported(client_of(auditor).post("/audit/export/", {"format": "csv"}))
    last = rows[-1]
    assert last["action"] == "audit_export"
    assert f"head {last['seq']}:{last['hash']}" in comment
    assert verify().head == f"{last['seq']}:{last['hash']}"


@pytest.mark.django_db(transaction=True)
def test_an_export_is_filtered_as_the_page_was(client_of, auditor, mixed):
    url = "/audit/export/?action=decide_no"
    _comment, rows = exported(client_of(auditor).post(url, {"format": "csv"}))
    assert [(row["action"], row["reason"]) for row in rows] == [("decide_no", "Budget is missing")]
    event = AuditEvent.objects.get(action="audit_export")
    assert event.facts == {"filters": "action=decide_no", "format": "csv"}


@pytest.mark.django_db(transaction=True)
def test_an_export_leaves_no_formula_for_a_spreadsheet(client_of, auditor, developer):
    record(actor=developer, action="sign_in", reason='=HYPERLINK("https://evil.example")')
    _comment, rows = exported(client_of(auditor).post("/audit/export/", {"format": "csv"}))
    assert rows[0]["reason"].startswith("'=")


@pytest.mark.django_db(transaction=True)
def test_an_export_comes_as_excel_too(client_of, auditor, mixed):
    response = client_of(auditor).post("/audit/export/", {"format": "xlsx"})
    assert b"".join(response.streaming_content).startswith(b"PK")


@pytest.mark.parametrize("query", ["?since=yesterday", "?action=no_such_thing"])
def test_an_export_of_impossible_filters_is_refused(query, client_of, auditor):
    response = client_of(auditor).post(f"/audit/export/{query}", {"format": "csv"})
    assert response.status_code == 422
    assert not AuditEvent.objects.filter(action="audit_export").exists()


def test_an_export_in_an_unknown_format_is_refused(client_of, auditor):
    assert client_of(auditor).post("/audit/export/", {"format": "exe"}).status_code == 422


def test_the_export_is_offered_to_the_auditor_only(client_of, auditor, security, mixed):
    assert "/audit/export/" in client_of(auditor).get("/audit/").content.decode()
    assert "/audit/export/" not in client_of(security).get("/audit/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_verifying_tells_the_head_and_is_written_down(client_of, security, mixed):
    response = client_of(security).post("/audit/verify/", headers={"HX-Request": "true"})
    event = AuditEvent.objects.get(action="audit_verify", actor=security)
    assert event.facts["fault"] is None
    assert event.facts["head"] in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_verifying_finds_an_event_that_was_changed(client_of, auditor, mixed):
    with pgtrigger.ignore("portal.AuditEvent:append_only"):
        AuditEvent.objects.filter(action="decide_no").update(reason="x")
    page = client_of(auditor).post("/audit/verify/").content.decode()
    assert "broken" in page
    assert AuditEvent.objects.filter(action="audit_verify").first().facts["fault"]["seq"] == 2


def test_a_log_too_long_for_a_page_is_verified_elsewhere(client_of, auditor, mixed, monkeypatch):
    monkeypatch.setattr("portal.audit.services.VERIFY_AT_MOST", 2)
    assert VERIFY_AT_MOST == 200_000
    assert client_of(auditor).post("/audit/verify/").status_code == 409


def test_the_choices_are_what_the_log_holds(mixed):
    assert log.actions() == ["audit_verify", "decide_no", "sign_in"]
    assert log.target_kinds() == ["portal.user"]


def test_an_empty_log_has_no_choices(db):
    assert log.actions() == []


def test_an_action_without_words_is_shown_as_written():
    assert word("budget_change") == "Budget change"
