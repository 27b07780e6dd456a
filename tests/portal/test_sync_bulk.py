"""Many rows at once: only what differs is written, nothing is deleted, strange texts stay texts."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from accounts.models import Account, OrganizationalUnit
from portal.aws.models import Connection
from portal.sync.bulk import Written, upsert
from portal.sync.models import SyncRun
from portal.sync.sources import AlreadyRunning, Partial, one_pass
from tests import factories

pytestmark = pytest.mark.django_db
COLUMNS = [
    "connection_id", "account_id", "name", "email", "state", "is_management", "joined_method",
    "tags", "row_hash",
]  # fmt: skip


@pytest.fixture
def here(db) -> Connection:
    return factories.ConnectionFactory()


def row(here: Connection, number: int, **more: Any) -> list[Any]:
    values = {
        "connection_id": here.pk, "account_id": f"{600000000000 + number}", "name": f"a-{number}",
        "email": f"a{number}@example.com", "state": "ACTIVE", "is_management": False,
        "joined_method": "CREATED", "tags": {"n": str(number)}, "row_hash": f"h{number}", **more,
    }  # fmt: skip
    return [values[name] for name in COLUMNS]


def write(here: Connection, rows: Iterable[list[Any]]) -> Written:
    return upsert(
        Account, rows, columns=COLUMNS, key=["account_id"], scope={"connection_id": here.pk}
    )


def test_new_changed_and_missing_rows_are_told_apart(here):
    write(here, [row(here, 1), row(here, 2), row(here, 3)])
    pks = dict(Account.objects.values_list("name", "pk"))
    written = write(here, [row(here, 1), row(here, 2, name="new", row_hash="x"), row(here, 4)])
    added = Account.objects.get(name="a-4").pk
    assert written == Written(added=(added,), changed=(pks["a-2"],), missing=(pks["a-3"],))


def test_a_row_with_the_same_hash_is_not_written(here):
    write(here, [row(here, 1)])
    assert write(here, [row(here, 1, name="not read")]) == Written((), (), ())
    assert Account.objects.get().name == "a-1"


def test_nothing_is_deleted(here):
    write(here, [row(here, 1)])
    assert len(write(here, []).missing) == 1
    assert Account.objects.count() == 1


def test_rows_outside_the_scope_are_not_missed(here):
    other = factories.ConnectionFactory()
    write(other, [row(other, 1)])
    assert write(here, [row(here, 2)]).missing == ()


def test_of_rows_with_the_same_key_the_last_one_counts(here):
    written = write(here, [row(here, 1, name=f"try {n}", row_hash=f"{n}") for n in range(5)])
    assert (len(written.added), Account.objects.get().name) == (1, "try 4")


HOSTILE = [
    "tab\tnew\nline\rreturn", "\\N", "\\.", "back\\slash", "'; DROP TABLE x; --", '"quoted"',
    "<script>alert(1)</script>", "{1,2}", "東京 🗼", "\u202eright to left", "",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was(here, text):
    write(here, [row(here, 1, name=text, tags={text: text})])
    account = Account.objects.get()
    assert (account.name, account.tags) == (text, {text: text})


@pytest.mark.parametrize(
    ("text", "kept"), [("nul\x00!", "nul!"), ("half \ud83d", "half �"), ("\ud83d\ude00", "😀")]
)
def test_what_postgresql_can_not_hold_does_not_stop_the_other_rows(here, text, kept):
    write(here, [row(here, 1, name=text, tags={"deep": [{text: text}]}), row(here, 2)])
    account = Account.objects.get(account_id="600000000001")
    assert (account.name, account.tags) == (kept, {"deep": [{kept: kept}]})
    assert Account.objects.count() == 2


def test_two_upserts_fit_into_one_transaction(here):
    write(here, [row(here, 1)])
    columns = ["connection_id", "ou_id", "name", "path", "row_hash"]
    upsert(
        OrganizationalUnit, [(here.pk, "ou-1", "One", "o-1/r-1/ou-1/", "h")], columns=columns,
        key=["ou_id"], scope={"connection_id": here.pk},
    )  # fmt: skip
    assert (Account.objects.count(), OrganizationalUnit.objects.count()) == (1, 1)


def test_ten_thousand_rows_take_seconds_also_when_each_comes_twice(here):
    rows = [row(here, n) for n in range(10_000)]
    begun = time.monotonic()
    written = write(here, rows + rows)
    again = write(here, rows)
    assert (len(written.added), again) == (10_000, Written((), (), ()))
    assert time.monotonic() - begun < 10


# --- one pass


def test_a_pass_says_how_it_went(here):
    with one_pass("x", here) as run:
        run.seen = 3
    run.refresh_from_db()
    assert (run.status, run.seen) == (SyncRun.Status.COMPLETE, 3)
    assert run.ended_at is not None


def test_a_partial_pass_is_written_down_and_goes_no_further(here):
    with one_pass("x", here) as run:
        raise Partial("accounts: Throttled")
    run.refresh_from_db()
    assert (run.status, run.error) == (SyncRun.Status.PARTIAL, "accounts: Throttled")


@pytest.mark.django_db(transaction=True)
def test_a_failed_pass_is_written_down_and_raised(here):
    with pytest.raises(ValueError, match="broken"), one_pass("x", here):
        raise ValueError("broken")
    assert SyncRun.objects.get().status == SyncRun.Status.FAILED


@pytest.mark.django_db(transaction=True)
def test_an_error_with_a_nul_in_it_is_written_down_too(here):
    with pytest.raises(ValueError, match="broken"), one_pass("x", here):
        raise ValueError("broken \x00")
    assert SyncRun.objects.get().error == "ValueError: broken "


def test_a_pass_whose_process_died_is_closed_by_the_next(here):
    dead = SyncRun.objects.create(source="x", connection=here)
    with one_pass("x", here):
        pass
    dead.refresh_from_db()
    assert dead.status == SyncRun.Status.FAILED


@pytest.mark.django_db(transaction=True)
def test_two_passes_of_one_source_do_not_run_at_once(here):
    def second() -> str:
        try:
            with one_pass("x", here):
                return "ran"
        except AlreadyRunning:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, one_pass("x", here):
        assert pool.submit(second).result(10) == "refused"
    assert SyncRun.objects.count() == 1
