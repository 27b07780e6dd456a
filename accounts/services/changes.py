"""What was different when AWS was read again; and what tags tell about an account."""

from dataclasses import dataclass
from typing import Any, ClassVar

from accounts.models import Account, OrganisationChange, OrganizationalUnit
from accounts.words import ACCOUNT_ENVIRONMENTS, ENVIRONMENT_ALIASES, DataClass
from portal.aws.models import Connection
from portal.people.models import Team, User
from portal.sync.models import SyncRun

Kind = OrganisationChange.Kind
FIELDS = ("name", "email", "state", "tags")
OU_FIELDS = ("name", "path", "tags")
ENVIRONMENTS = dict(ACCOUNT_ENVIRONMENTS)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rows as they were, by primary key; `first` when there were none at all."""

    ous: dict[int, dict[str, Any]]
    accounts: dict[int, dict[str, Any]]

    @property
    def first(self) -> bool:
        return not self.ous


def snapshot(connection: Connection) -> Snapshot:
    return Snapshot(_ous(connection), _accounts(connection))


def note(run: SyncRun, connection: Connection, before: Snapshot) -> None:
    """Write one OrganisationChange per difference; none for the very first pass."""
    if before.first:
        return
    after = snapshot(connection)
    lines = [*_ou_lines(before, after), *_account_lines(before, after)]
    OrganisationChange.objects.bulk_create(
        OrganisationChange(sync=run, connection=connection, **line) for line in lines
    )


def _ous(connection: Connection) -> dict[int, dict[str, Any]]:
    rows = OrganizationalUnit.objects.filter(connection=connection).values(
        "pk", *OU_FIELDS, "gone_at"
    )
    return {row["pk"]: dict(row) for row in rows}


def _accounts(connection: Connection) -> dict[int, dict[str, Any]]:
    rows = Account.objects.filter(connection=connection).values(
        "pk", *FIELDS, "gone_at", "ou__name", "ou__ou_id"
    )
    return {row["pk"]: dict(row) for row in rows.iterator(chunk_size=5000)}


def _ou_lines(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for pk, now in after.ous.items():
        was = before.ous.get(pk)
        if was is None or (was["gone_at"] and not now["gone_at"]):
            lines.append({"kind": Kind.OU_ADDED, "ou_id": pk, "after": {"name": now["name"]}})
        elif now["gone_at"] and not was["gone_at"]:
            lines.append({"kind": Kind.OU_GONE, "ou_id": pk, "before": {"name": was["name"]}})
        elif any(was[name] != now[name] for name in OU_FIELDS):
            old, new = _differing(was, now, OU_FIELDS)
            lines.append({"kind": Kind.OU_CHANGED, "ou_id": pk, "before": old, "after": new})
    return lines


def _account_lines(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for pk, now in after.accounts.items():
        was = before.accounts.get(pk)
        if was is not None and was == now:
            continue
        about: dict[str, Any] = {"account_id": pk}
        if was is None or (was["gone_at"] and not now["gone_at"]):
            new = {"name": now["name"], "ou": now["ou__name"] or ""}
            lines.append({**about, "kind": Kind.ACCOUNT_ADDED, "after": new})
            continue
        if now["gone_at"] and not was["gone_at"]:
            old = {"name": was["name"], "ou": was["ou__name"] or ""}
            lines.append({**about, "kind": Kind.ACCOUNT_GONE, "before": old})
            continue
        if was["ou__ou_id"] != now["ou__ou_id"]:
            old, new = {"ou": was["ou__name"] or ""}, {"ou": now["ou__name"] or ""}
            lines.append({**about, "kind": Kind.ACCOUNT_MOVED, "before": old, "after": new})
        old, new = _differing(was, now, FIELDS)
        if old != new:
            lines.append({**about, "kind": Kind.ACCOUNT_CHANGED, "before": old, "after": new})
    return lines


def _differing(
    was: dict[str, Any], now: dict[str, Any], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs; of tags, only the keys that differ."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for name in names:
        if was[name] == now[name]:
            continue
        if name == "tags":
            keys = {k for k in {*was[name], *now[name]} if was[name].get(k) != now[name].get(k)}
            old[name] = {k: was[name][k] for k in sorted(keys) if k in was[name]}
            new[name] = {k: now[name][k] for k in sorted(keys) if k in now[name]}
        else:
            old[name], new[name] = was[name], now[name]
    return old, new


@dataclass(frozen=True, slots=True)
class Told:
    """What tags tell of an account, where it is something the portal knows; else what it knew."""

    teams: dict[str, int]
    people: dict[str, int]
    known: dict[str, tuple[Any, ...]]  # account id → values in the order of COLUMNS

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "environment",
        "workload",
        "cost_centre",
        "data_class",
        "team_id",
        "owner_id",
    )
    NOTHING: ClassVar[tuple[Any, ...]] = ("", "", "", "", None, None)

    @classmethod
    def of(cls, connection: Connection) -> "Told":
        accounts = Account.objects.filter(connection=connection)
        return cls(
            teams=dict(Team.objects.values_list("slug", "pk")),
            people=dict(User.objects.filter(is_system=False).values_list("username", "pk")),
            known={row[0]: row[1:] for row in accounts.values_list("account_id", *cls.COLUMNS)},
        )

    def values(self, account_id: str, tags: dict[str, str]) -> tuple[Any, ...]:
        """In the order of COLUMNS."""
        environment, data_class = tags.get("environment", ""), tags.get("data-class", "")
        environment = ENVIRONMENT_ALIASES.get(environment, environment)
        told = (
            str(environment) if environment in ENVIRONMENTS else "",
            tags.get("workload", "")[:40],
            tags.get("cost-centre", "")[:20],
            data_class if data_class in DataClass.values else "",
            self.teams.get(tags.get("team", "")),
            self.people.get(tags.get("owner", "")),
        )
        known = self.known.get(account_id, self.NOTHING)
        return tuple(new or old for new, old in zip(told, known, strict=True))
