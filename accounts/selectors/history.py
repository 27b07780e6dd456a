"""What was different when AWS was read again, and what the last passes found."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, OrganisationChange, OrganizationalUnit
from accounts.selectors import directory
from accounts.words import AccountState
from portal.aws.models import Connection
from portal.errors import Text
from portal.people.models import User
from portal.sync.models import SyncRun

SOURCE = "organisation"


def changes_for(user: User) -> QuerySet[OrganisationChange]:
    """Changes of accounts and OUs the person may see, the newest first."""
    seen_accounts = Q(account__in=Account.objects.visible_to(user).order_by())
    seen_ous = Q(account__isnull=True, ou__in=directory.ous_ever_for(user).order_by())
    changes = OrganisationChange.objects.filter(seen_accounts | seen_ous)
    return changes.select_related("account", "ou", "connection")


def changes_of_ou(user: User, ou: OrganizationalUnit) -> QuerySet[OrganisationChange]:
    """Changes of the OU itself and of accounts that are in it now."""
    return changes_for(user).filter(Q(ou=ou) | Q(account__ou=ou))


def last_pass(connection: Connection) -> SyncRun | None:
    """The newest ended pass over the organisation."""
    passes = SyncRun.objects.filter(source=SOURCE, connection=connection)
    return passes.exclude(status=SyncRun.Status.RUNNING).first()


def is_reading(connection: Connection) -> bool:
    """Whether a pass is on its way right now."""
    passes = SyncRun.objects.filter(source=SOURCE, connection=connection)
    return passes.filter(status=SyncRun.Status.RUNNING).exists()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing before and after, as people read it."""

    label: Text
    before: Text
    after: Text


LABELS: dict[str, Text] = {
    "name": _("Name"),
    "email": _("E-mail"),
    "state": _("State"),
    "ou": _("OU"),
    "path": _("Place in the tree"),
}


def differences(change: OrganisationChange) -> list[Difference]:
    """What was different, tag by tag, in a fixed order."""
    before, after = _flat(change.before), _flat(change.after)
    keys = sorted({*before, *after}, key=lambda key: (key.startswith("tags."), key))
    return [
        Difference(_label(key), _word(key, before.get(key, "")), _word(key, after.get(key, "")))
        for key in keys
    ]


def _flat(values: dict[str, Any]) -> dict[str, str]:
    flat = {key: str(value) for key, value in values.items() if key != "tags"}
    return flat | {f"tags.{key}": str(value) for key, value in values.get("tags", {}).items()}


def _label(key: str) -> Text:
    if key.startswith("tags."):
        return format_lazy(_("Tag {key}"), key=key.removeprefix("tags."))
    return LABELS.get(key, key)


def _word(key: str, value: str) -> Text:
    return dict(AccountState.choices).get(value, value) if key == "state" else value
