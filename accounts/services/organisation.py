"""Organisation sync: the portal's tree follows AWS, and says what changed.

Calls: DescribeOrganization, ListRoots, one ListOrganizationalUnitsForParent per root and OU,
ListAccounts, ListDelegatedAdministrators (and the services of each), and the tags 100 a page.
Where AWS does not tell paths or tags that way, it is asked parent by parent, account by account.
A pass that could not read everything removes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import connection as db
from django.db import transaction
from django.utils import timezone

from accounts.aws import organizations, tagging
from accounts.aws.organizations import AwsAccount, AwsOU
from accounts.models import Account, AccountRequest, DelegatedAdministrator, OrganizationalUnit
from accounts.services import changes, placements
from accounts.services.rows import account_hash, ou_hash
from portal.audit.record import record
from portal.aws.counting import counting
from portal.aws.errors import AwsError
from portal.aws.models import Connection
from portal.flow import messages
from portal.people.models import User
from portal.permissions import Action, require
from portal.sync.bulk import Written, upsert
from portal.sync.models import SyncRun
from portal.sync.sources import Partial, one_pass

SOURCE = "organisation"
READERS = 6  # calls under way at once
T = TypeVar("T")
Tags = dict[str, dict[str, str]]  # id → tags
Delegation = tuple[str, str, datetime | None]  # account id, service principal, since


@dataclass(slots=True)
class Picture:
    """What AWS told in one pass. Keys are AWS's ids; `faults` names what could not be read."""

    organization_id: str = ""
    ous: dict[str, tuple[AwsOU, str]] = field(default_factory=dict)  # id → (OU, parent id or "")
    accounts: dict[str, AwsAccount] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)  # account id → OU id
    tags: Tags | None = None  # of accounts; None: could not be read
    ou_tags: Tags | None = None
    delegations: list[Delegation] | None = None
    faults: list[str] = field(default_factory=list)


@transaction.atomic
def request_sync(connection: Connection, *, actor: User) -> None:
    """Ask a worker to read this organisation now. Raises Forbidden."""
    require(actor, Action.ORGANISATION_SYNC)
    record(actor=actor, action=Action.ORGANISATION_SYNC, target=connection)
    transaction.on_commit(lambda: messages.send("accounts.sync_organisation", connection.pk))


def sync(connection: Connection) -> SyncRun:
    """Read the organisation and write what differs. Raises AlreadyRunning, AwsError."""
    with one_pass(SOURCE, connection) as run:
        with counting() as counter:
            try:
                picture = read(connection)
            finally:
                run.calls = counter.calls
        write(connection, picture, run)
        if picture.faults:
            raise Partial("; ".join(picture.faults)[:2000])
    return run


# --- reading


def read(connection: Connection) -> Picture:
    """All of it, in as few calls as page sizes allow, several under way at once.

    Raises AwsError when the skeleton (organisation, roots) can't be read; anything less is a fault
    in the picture.
    """
    picture = Picture(organization_id=organizations.organization(connection).id)
    roots = list(organizations.roots(connection))
    with ThreadPoolExecutor(READERS) as pool:

        def ahead(work: Callable[..., T], *ask: object) -> Future[T]:
            return pool.submit(copy_context().run, work, connection, *ask)

        tags = [ahead(_tags, kind) for kind in ("account", "ou")]
        accounts, delegations = ahead(_accounts), ahead(_delegations)
        picture.ous = {root.id: (root, "") for root in roots}
        level = [root.id for root in roots]
        while level:
            level = _read_level(picture, {parent: ahead(_children, parent) for parent in level})
        _take_accounts(connection, picture, *accounts.result())
        picture.delegations, fault = delegations.result()
        picture.faults += [fault] if fault else []
        _take_tags(connection, picture, *(answer.result() for answer in tags))
    return picture


def _read_level(picture: Picture, answers: dict[str, Future[tuple[list[AwsOU], str]]]) -> list[str]:
    """Put one level of OUs into the picture; the ids of the next."""
    below: list[str] = []
    for parent, answer in answers.items():
        children, fault = answer.result()
        picture.faults += [fault] if fault else []
        picture.ous |= {ou.id: (ou, parent) for ou in children}
        below += [ou.id for ou in children]
    return below


def _children(connection: Connection, parent_id: str) -> tuple[list[AwsOU], str]:
    """What could be read of the OUs below one, and what kept the rest from being read."""
    found: list[AwsOU] = []
    try:
        for ou in organizations.ous_below(connection, parent_id):
            found.append(ou)  # what came before a fault counts
    except AwsError as error:
        return found, f"OUs below {parent_id}: {error.aws_code}"
    return found, ""


def _accounts(connection: Connection) -> tuple[list[AwsAccount], str]:
    """What could be read of the accounts, and what kept the rest from being read."""
    found: list[AwsAccount] = []
    try:
        for account in organizations.accounts(connection):
            found.append(account)  # what came before a fault counts
    except AwsError as error:
        return found, f"accounts: {error.aws_code}"
    return found, ""


def _take_accounts(
    connection: Connection, picture: Picture, found: list[AwsAccount], fault: str
) -> None:
    picture.faults += [fault] if fault else []
    picture.accounts = {account.id: account for account in found}
    for account in found:
        parts = account.path.strip("/").split("/")
        if len(parts) >= 3:
            picture.parents[account.id] = parts[-2]
    if any(account_id not in picture.parents for account_id in picture.accounts):
        _read_parents(connection, picture)


def _read_parents(connection: Connection, picture: Picture) -> None:
    """Where AWS does not tell paths: one listing per OU, which is fewer than one per account."""
    for ou_id in picture.ous:
        try:
            for account in organizations.accounts_in(connection, ou_id):
                picture.parents[account.id] = ou_id
        except AwsError as error:
            picture.faults.append(f"accounts in {ou_id}: {error.aws_code}")
    lost = picture.accounts.keys() - picture.parents.keys()
    if lost:  # moved while it was being read
        picture.faults.append(f"accounts that no OU showed: {', '.join(sorted(lost)[:10])}")


def _delegations(connection: Connection) -> tuple[list[Delegation] | None, str]:
    try:
        return [
            (account_id, principal, since)
            for account_id in organizations.delegated_administrators(connection)
            for principal, since in organizations.delegated_services(connection, account_id)
        ], ""
    except AwsError as error:
        return None, f"delegated administrators: {error.aws_code}"


def _tags(connection: Connection, kind: str) -> Tags | None:
    """Tags by id, None where the Tagging API can't be asked."""
    try:
        return tagging.organization_tags(connection, kind)
    except AwsError:
        return None


def _take_tags(
    connection: Connection, picture: Picture, accounts: Tags | None, ous: Tags | None
) -> None:
    """What the Tagging API told; where it told nothing, each account and OU is asked by itself."""
    try:
        picture.tags = accounts or _tags_one_by_one(connection, picture.accounts)
        picture.ou_tags = _tags_one_by_one(connection, picture.ous) if ous is None else ous
    except AwsError as error:
        picture.faults.append(f"tags: {error.aws_code}")


def _tags_one_by_one(connection: Connection, ids: Iterable[str]) -> Tags:
    return {resource_id: organizations.tags_of(connection, resource_id) for resource_id in ids}


# --- writing


@transaction.atomic
def write(connection: Connection, picture: Picture, run: SyncRun) -> None:
    """Bring OUs, accounts, placements and delegations in line, and note every difference."""
    if connection.organization_id != picture.organization_id:
        connection.organization_id = picture.organization_id
        connection.save(update_fields=["organization_id"])
    before = changes.snapshot(connection)
    ous = _write_ous(connection, picture)
    accounts = _write_accounts(connection, picture, _delivered_since(connection, run))
    gone = 0
    if not picture.faults:
        gone = _miss(OrganizationalUnit, connection, ous) + _miss(Account, connection, accounts)
    _write_placements(connection, accounts)
    _write_delegations(connection, picture)
    if ous.any or accounts.any:
        changes.note(run, connection, before)
    run.seen = len(picture.ous) + len(picture.accounts)
    run.added = len(ous.added) + len(accounts.added)
    run.changed, run.gone = len(ous.changed) + len(accounts.changed), gone


def _write_ous(connection: Connection, picture: Picture) -> Written:
    """All OUs in one go, then each is joined to its parent."""
    tags_by_id = picture.ou_tags
    if tags_by_id is None:
        known = OrganizationalUnit.objects.filter(connection=connection)
        tags_by_id = dict(known.values_list("ou_id", "tags"))
    rows = []
    for ou_id, path in _paths(picture):
        ou, parent = picture.ous[ou_id]
        tags = tags_by_id.get(ou_id, {})
        row_hash = ou_hash(ou, parent_id=parent, path=path, tags=tags)
        rows.append((connection.pk, ou_id, ou.name, path, tags, row_hash, None))
    written = upsert(
        OrganizationalUnit,
        rows,
        columns=["connection_id", "ou_id", "name", "path", "tags", "row_hash", "gone_at"],
        key=["ou_id"],
        scope={"connection_id": connection.pk},
    )
    if written.added or written.changed:
        with db.cursor() as cursor:
            cursor.execute(JOIN_PARENTS, [connection.pk, [*written.added, *written.changed]])
    return written


# The parent is the OU whose id stands before one's own in the path.
JOIN_PARENTS = """
UPDATE accounts_organizationalunit child SET parent_id = (
    SELECT parent.id FROM accounts_organizationalunit parent
    WHERE parent.ou_id = split_part(rtrim(child.path, '/'), '/', -2)
) WHERE connection_id = %s AND id = ANY(%s)
"""


def _ou_pks(connection: Connection) -> dict[str, int]:
    ous = OrganizationalUnit.objects.filter(connection=connection)
    return dict(ous.values_list("ou_id", "pk"))


def _paths(picture: Picture) -> Iterator[tuple[str, str]]:
    """(OU id, o-…/r-…/ou-…/) from the roots down, by the parents that were read."""
    for ou_id in picture.ous:
        chain, at = [ou_id], picture.ous[ou_id][1]
        while at and len(chain) <= 10:
            chain.append(at)
            at = picture.ous[at][1]
        yield ou_id, f"{picture.organization_id}/{'/'.join(reversed(chain))}/"


def _delivered_since(connection: Connection, run: SyncRun) -> set[str]:
    """Accounts handed over while AWS was being read: what was read of them is already old."""
    delivered = AccountRequest.objects.filter(
        connection=connection, delivered_at__gte=run.started_at
    )
    return set(delivered.values_list("account_id", flat=True))


def _write_accounts(connection: Connection, picture: Picture, newer: set[str]) -> Written:
    pks = _ou_pks(connection)
    tags_by_id = picture.tags
    if tags_by_id is None:  # could not be read: what was known stays
        known = Account.objects.filter(connection=connection)
        tags_by_id = dict(known.values_list("account_id", "tags"))
    known_ous = dict(
        Account.objects.filter(connection=connection).values_list("account_id", "ou_id")
    )
    columns = [
        "connection_id",
        "account_id",
        "name",
        "email",
        "state",
        "ou_id",
        "is_management",
        "joined_method",
        "joined_at",
        "tags",
        "row_hash",
        "gone_at",
        *changes.Told.COLUMNS,
    ]
    told = changes.Told.of(connection)
    rows = []
    for account in picture.accounts.values():
        if account.id in newer:
            continue
        tags = tags_by_id.get(account.id, {})
        is_management = account.id == connection.management_account_id
        # An OU that could not be read takes no account out of the one it was in.
        ou_pk = pks.get(picture.parents.get(account.id, "")) or known_ous.get(account.id)
        rows.append(
            (
                connection.pk,
                account.id,
                account.name,
                account.email,
                account.state,
                ou_pk,
                is_management,
                account.joined_method,
                account.joined_at,
                tags,
                account_hash(
                    account,
                    connection_pk=connection.pk,
                    ou_pk=ou_pk,
                    tags=tags,
                    is_management=is_management,
                ),
                None,
                *told.values(account.id, tags),
            )
        )
    written = upsert(
        Account, rows, columns=columns, key=["account_id"], scope={"connection_id": connection.pk}
    )
    spared = Account.objects.filter(account_id__in=newer).values_list("pk", flat=True)
    missing = tuple(set(written.missing) - set(spared))
    return Written(written.added, written.changed, missing)


def _miss(
    model: type[OrganizationalUnit] | type[Account], connection: Connection, written: Written
) -> int:
    """What a second complete pass does not show either is gone; its row and history stay.
    AWS is eventually consistent: one pass proves nothing. Returns how many went."""
    here = model._default_manager.filter(connection=connection, gone_at__isnull=True)
    here.filter(missed_at__isnull=False).exclude(pk__in=written.missing).update(missed_at=None)
    missing = here.filter(pk__in=written.missing)
    gone = missing.filter(missed_at__isnull=False).update(gone_at=timezone.now(), row_hash="")
    missing.filter(missed_at__isnull=True, gone_at__isnull=True).update(missed_at=timezone.now())
    return gone


def _write_placements(connection: Connection, accounts: Written) -> list[int]:
    """Placements of accounts that were touched or are gone; primary keys of those that moved."""
    now, moved = timezone.now(), []
    touched = Account.objects.filter(connection=connection).filter(
        pk__in=[*accounts.changed, *accounts.missing]
    )
    placements.begin(accounts.added, at=now)
    for account in touched.select_related("ou"):
        if placements.place(account, None if account.gone_at else account.ou, at=now):
            moved.append(account.pk)
    return moved


def _write_delegations(connection: Connection, picture: Picture) -> None:
    if picture.delegations is None:
        return
    pks = dict(Account.objects.filter(connection=connection).values_list("account_id", "pk"))
    now_there = {(pks[a], p): since for a, p, since in picture.delegations if a in pks}
    before = DelegatedAdministrator.objects.filter(account__connection=connection)
    known = {(d.account_id, d.service_principal): d.pk for d in before}
    before.filter(pk__in=[pk for key, pk in known.items() if key not in now_there]).delete()
    DelegatedAdministrator.objects.bulk_create(
        DelegatedAdministrator(account_id=account, service_principal=principal, since=since)
        for (account, principal), since in now_there.items()
        if (account, principal) not in known
    )
