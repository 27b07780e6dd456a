"""What the rules choose for a new account: its name, its e-mail address, its OU."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Account, AccountRequest, OrganizationalUnit
from accounts.words import Environment

NAME_LENGTH = 50  # AWS's limit for an account name
EMAIL_LENGTH = 64  # and for its e-mail address
SHORT = {
    Environment.SANDBOX: "sandbox",
    Environment.DEVELOPMENT: "dev",
    Environment.TEST: "test",
    Environment.PRODUCTION: "prod",
}
# OU names that fit an environment, best first; below the team's or business's OU when there is one.
OU_NAMES = {
    Environment.SANDBOX: ("Sandbox", "Sandboxes"),
    Environment.DEVELOPMENT: ("Development", "Dev", "Non-Production", "Workloads"),
    Environment.TEST: ("Test", "Development", "Non-Production", "Workloads"),
    Environment.PRODUCTION: ("Production", "Prod", "Workloads"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """`account_name` and `email` are "" and `ou` is None while they can't be told yet."""

    account_name: str = ""
    email: str = ""
    ou: OrganizationalUnit | None = None


def names_for(request: AccountRequest) -> Names:
    """The next free name and address, and the OU, as they would be chosen now."""
    if not (request.connection and request.team and request.workload):
        return Names()
    if request.environment not in Environment.values:
        return Names()
    stem = _stem(request)
    if not stem:
        return Names(ou=ou_for(request))
    for name in _candidates(stem):
        email = request.connection.email_pattern.replace("{name}", name)
        if len(email) <= EMAIL_LENGTH and not _taken(name, email, request):
            return Names(name, email, ou_for(request))
    return Names(ou=ou_for(request))


def slug(text: str) -> str:
    """ASCII lower case letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _stem(request: AccountRequest) -> str:
    """team-workload-environment, cut in the middle so that the ending is always there."""
    team = request.team.slug if request.team else ""
    ending = SHORT[Environment(request.environment)]
    workload = slug(request.workload)
    if not workload:
        return ""
    own = workload if workload.startswith(f"{team}-") or workload == team else f"{team}-{workload}"
    room = NAME_LENGTH - len(ending) - 4  # one hyphen, and "-99" should the name be taken
    pattern = request.connection.email_pattern if request.connection else ""
    room = min(room, EMAIL_LENGTH - len(pattern.replace("{name}", "")) - len(ending) - 4)
    return f"{own[:room].strip('-')}-{ending}" if room > 0 else ""


def _candidates(stem: str) -> Iterator[str]:
    yield stem
    for number in range(2, 100):
        yield f"{stem}-{number}"


def _taken(name: str, email: str, request: AccountRequest) -> bool:
    """Whether an account or any other request, however it ended, has the name or the address."""
    same = Q(low_name=name.lower()) | Q(low_email=email.lower())
    lowered = {"low_name": Lower("account_name"), "low_email": Lower("email")}
    asked = AccountRequest.objects.alias(**lowered).filter(same).exclude(pk=request.pk)
    lowered = {"low_name": Lower("name"), "low_email": Lower("email")}
    return asked.exists() or Account.objects.alias(**lowered).filter(same).exists()


def ou_for(request: AccountRequest) -> OrganizationalUnit | None:
    """The OU by environment: below an OU named like the team when there is one, else the first
    that fits from the root down; None when the organisation has no such OU."""
    ous = [
        ou
        for ou in OrganizationalUnit.objects.filter(
            connection=request.connection, gone_at__isnull=True
        ).select_related("parent")
        if not ou.is_root
    ]
    wanted = OU_NAMES[Environment(request.environment)]
    fitting = [ou for ou in ous if ou.name in wanted]
    business = {slug(request.team.name), request.team.slug} if request.team else set()
    own = [ou for ou in fitting if ou.parent and slug(ou.parent.name) in business]
    ranked = sorted(own or fitting, key=lambda ou: (wanted.index(ou.name), ou.depth, ou.path))
    return ranked[0] if ranked else None
