"""The audit log: only added to, sealed in one chain, and honest about what was done to it."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pgtrigger
import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy

from portal.audit.models import AuditEvent, AuditSeal
from portal.audit.record import record
from portal.audit.verify import verify
from portal.people.models import User
from tests import factories


@pytest.fixture
def actor(transactional_db) -> User:
    return factories.person("keeper", role="ccoe")


@pytest.fixture
def log(actor) -> list[AuditEvent]:
    """Five sealed events."""
    return [record(actor=actor, action=f"act_{n}", facts={"n": n}) for n in range(5)]


TABLES = ("portal_auditevent", "portal_auditseal")
FOREIGN_KEY = """
SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'portal_auditseal'::regclass
"""


@contextmanager
def tampering() -> Iterator[None]:
    """As the tables' owner, who switches the triggers off and the foreign key."""
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEY)
        name = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE portal_auditseal DROP CONSTRAINT {name}")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            pgtrigger.disable("portal.AuditEvent:no_truncate", "portal.AuditSeal:no_truncate")
            cursor.execute(
                f"ALTER TABLE portal_auditseal ADD CONSTRAINT {name} FOREIGN KEY (event_id)"
                " REFERENCES portal_auditevent (id) DEFERRABLE INITIALLY DEFERRED NOT VALID"
            )


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def fault() -> str:
    found = verify().fault
    return f"{found.seq}: {found.what}" if found else ""


# --- whole


def test_a_log_that_nobody_touched_is_whole(log):
    report = verify()
    assert (report.fault, report.events) == (None, 5)
    assert report.head == f"5:{AuditSeal.objects.get(seq=5).hash}"


def test_an_empty_log_is_whole(actor):
    assert (verify().fault, verify().events) == (None, 0)


def test_it_is_whole_up_to_a_head_that_was_kept(log, actor):
    kept = verify().head
    record(actor=actor, action="later")
    assert verify(expect_head=kept).fault is None


# --- tampered with


CHANGES = {
    "action": "action = 'harmless'",
    "reason": "reason = 'another'",
    "facts": "facts = '{}'",
    "who": "actor_name = 'Somebody Else'",
    "when": "at = at - interval '1 day'",
    "digest": "digest = repeat('0', 64)",
    "from where": "address = '10.0.0.1'",
    "what": "target_label = 'another'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_edited_row_is_found(log, change):
    with tampering():
        sql(f"UPDATE portal_auditevent SET {change} WHERE id = %s", log[2].pk)  # noqa: S608
    assert fault() == f"3: event {log[2].pk} was changed"


def test_an_edited_row_with_its_digest_made_anew_is_found(log):
    with tampering():
        sql("UPDATE portal_auditevent SET action = 'harmless' WHERE id = %s", log[2].pk)
        changed = AuditEvent.objects.get(pk=log[2].pk)
        digest = changed.computed_digest()
        sql("UPDATE portal_auditevent SET digest = %s WHERE id = %s", digest, log[2].pk)
    assert fault() == f"3: event {log[2].pk} was changed"


def test_a_link_made_anew_breaks_the_next_one(log):
    with tampering():
        sql("UPDATE portal_auditseal SET hash = repeat('a', 64) WHERE seq = 3")
    assert fault().startswith("3:")


@pytest.mark.parametrize("seq", [1, 3])
def test_a_deleted_event_is_found(log, seq):
    with tampering():
        sql("DELETE FROM portal_auditevent WHERE id = %s", log[seq - 1].pk)
    assert fault() == f"{seq}: link {seq} is missing"


def test_an_event_deleted_with_its_link_is_found(log):
    with tampering():
        sql("DELETE FROM portal_auditseal WHERE seq = 3")
        sql("DELETE FROM portal_auditevent WHERE id = %s", log[2].pk)
    assert fault() == "3: link 3 is missing"


def test_two_events_that_changed_places_are_found(log):
    with tampering():
        sql("UPDATE portal_auditseal SET event_id = -1 WHERE seq = 2")
        sql("UPDATE portal_auditseal SET event_id = %s WHERE seq = 4", log[1].pk)
        sql("UPDATE portal_auditseal SET event_id = %s WHERE seq = 2", log[3].pk)
    assert fault() == f"2: event {log[3].pk} was changed"


def test_an_event_slipped_in_without_a_link_is_found(log):
    with tampering():
        sql("INSERT INTO portal_auditevent (at, actor_name, action, target_kind, target_id,"
            " target_label, reason, facts, web_request, digest)"
            " VALUES (now(), 'x', 'x', '', '', '', '', '{}', '', '')")  # fmt: skip
    assert "has no link" in fault()


def test_a_tail_that_was_cut_off_is_found_by_the_head_kept_elsewhere(log, actor):
    kept = verify().head
    with tampering():
        sql("DELETE FROM portal_auditseal WHERE seq > 3")
        sql("DELETE FROM portal_auditevent WHERE id > %s", log[2].pk)
    assert verify().fault is None
    assert "is gone" in verify(expect_head=kept).fault.what
    for number in range(4):
        record(actor=actor, action=f"new_{number}")
    assert "is gone" in verify(expect_head=kept).fault.what


def test_the_command_tells_a_whole_log_from_a_cut_one(log, capsys):
    kept = verify().head
    call_command("verify_audit", expect_head=kept)
    with tampering():
        sql("DELETE FROM portal_auditseal WHERE seq > 3")
        sql("DELETE FROM portal_auditevent WHERE id > %s", log[2].pk)
    with pytest.raises((CommandError, SystemExit)):
        call_command("verify_audit", expect_head=kept)


# --- the database refuses


@pytest.mark.parametrize("table", TABLES)
def test_the_database_lets_nobody_change_delete_or_empty_the_log(log, table):
    column = {"portal_auditevent": "id", "portal_auditseal": "seq"}[table]
    with pytest.raises(DatabaseError, match="Cannot update"):
        sql(f"UPDATE {table} SET {column} = {column}")  # noqa: S608
    with pytest.raises(DatabaseError, match="or delete rows"):
        sql(f"DELETE FROM {table}")  # noqa: S608
    pgtrigger.enable("portal.AuditEvent:no_truncate", "portal.AuditSeal:no_truncate")
    try:
        with pytest.raises(DatabaseError, match="Cannot truncate"):
            sql(f"TRUNCATE {table} CASCADE")
    finally:
        pgtrigger.disable("portal.AuditEvent:no_truncate", "portal.AuditSeal:no_truncate")
    assert verify().events == 5


# --- transactions


def test_what_is_rolled_back_leaves_no_event_and_no_hole(log, actor):
    with transaction.atomic():
        record(actor=actor, action="never_happened")
        transaction.set_rollback(True)
    record(actor=actor, action="happened")
    assert (verify().events, verify().fault) == (6, None)
    assert not AuditEvent.objects.filter(action="never_happened").exists()


def test_transactions_at_once_seal_into_one_chain(actor):
    start = threading.Barrier(6)

    def write(number: int) -> None:
        try:
            start.wait(10)
            for turn in range(8):
                with transaction.atomic():
                    record(actor=actor, action=f"thread_{number}_{turn}")
                    record(actor=actor, action=f"thread_{number}_{turn}_more")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert (verify().events, verify().fault) == (6 * 8 * 2, None)


def test_a_slow_transaction_holds_up_nobody(actor):
    with transaction.atomic():
        record(actor=actor, action="slow")

        def quick() -> None:
            try:
                record(actor=actor, action="quick")
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(quick).result(5)
    seals = AuditSeal.objects.order_by("seq").values_list("event__action", flat=True)
    assert list(seals) == ["quick", "slow"]
    assert verify().fault is None


# --- what is written is what is read


FACTS = {
    "floats": ({"a": 0.1 + 0.2, "b": [1e300]}, {"a": "0.30000000000000004", "b": ["1e+300"]}),
    "not numbers": ({"a": float("nan"), "b": float("-inf")}, {"a": "NaN", "b": "-Infinity"}),
    "decimals": ({"a": Decimal("1234567.10")}, {"a": "1234567.10"}),
    "great numbers": ({"a": 2**70}, {"a": 2**70}),
    "Japanese": ({"名前": "東京リージョン 🗼"}, {"名前": "東京リージョン 🗼"}),
    "NUL": ({"a\x00b": ["x\x00y"]}, {"ab": ["xy"]}),
    "the letters of NUL": ({"a": "\\u0000"}, {"a": "\\u0000"}),
    "half a character": ({"a": "x\ud83dy"}, {"a": "x\ufffdy"}),
    "a whole one in halves": ({"a": "\ud83d\ude00"}, {"a": "😀"}),
    "dates": ({"a": date(2026, 1, 2)}, {"a": "2026-01-02"}),
    "translations": ({"a": gettext_lazy("Sandbox")}, {"a": "Sandbox"}),
    "ids": ({"a": uuid.UUID(int=7)}, {"a": "00000000-0000-0000-0000-000000000007"}),
    "hostile": ({"a": "'; DROP TABLE x; -- \\ \" </script> \u2028"},) * 2,
    "nothing": ({}, {}),
    "order": ({"b": 1, "a": {"d": None, "c": True}}, {"a": {"c": True, "d": None}, "b": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("written", "read"), FACTS.values(), ids=FACTS)
def test_facts_survive_the_round_trip(actor, written, read):
    event = record(actor=actor, action="x", facts=written)
    event.refresh_from_db()
    assert event.facts == read
    assert verify().fault is None


def test_a_reason_and_a_label_survive_what_postgresql_can_not_hold(actor):
    person = User(pk=5, name="nul\x00 and \ud800 half")
    event = record(actor=actor, action="x", target=person, reason="because\x00 of 理由")
    event.refresh_from_db()
    assert (event.reason, event.target_label) == ("because of 理由", "nul and \ufffd half")
    assert verify().fault is None


ADDRESSES = {
    "203.0.113.7": "203.0.113.7",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "::ffff:203.0.113.7": "203.0.113.7",
    "::203.0.113.7": "203.0.113.7",
    "::1": "::1",
    "fe80::1%eth0": "fe80::1",
    "not an address": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize(("told", "kept"), ADDRESSES.items())
def test_an_address_in_whatever_spelling_leaves_the_chain_whole(actor, told, kept):
    with structlog.contextvars.bound_contextvars(ip=told, request_id="r-1"):
        event = record(actor=actor, action="x")
    event.refresh_from_db()
    assert (event.address, event.web_request) == (kept, "r-1")
    assert verify().fault is None


def test_an_address_that_the_client_claims_is_not_believed(actor, client):
    asked = {"username": actor.username, "password": "wrong"}
    client.post(reverse("sign-in"), asked, headers={"X-Forwarded-For": "1.2.3.4"})
    assert AuditEvent.objects.get(action="sign_in_failed").address == "127.0.0.1"


def test_the_time_is_kept_to_the_microsecond(actor, monkeypatch):
    moment = datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC)
    monkeypatch.setattr("portal.audit.record.timezone.now", lambda: moment)
    event = record(actor=actor, action="x")
    event.refresh_from_db()
    assert event.at == moment
    assert verify().fault is None
