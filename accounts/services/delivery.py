"""Handing over: the account appears in the portal with all that was asked for it."""

import re

from django.db import transaction
from django.utils import timezone

from accounts.aws.organizations import AwsAccount
from accounts.models import Account, AccountRequest, OrganisationChange
from accounts.services import placements
from accounts.services.rows import account_hash
from portal.audit.record import record
from portal.errors import Missing
from portal.people.system import system_user

# AWS takes letters, digits, spaces and _ . : / = + - @ in tags (Organizations, TagResource).
NOT_IN_TAGS = re.compile(r"[^\w .:/=+@-]")


def tags_for(request: AccountRequest) -> dict[str, str]:
    """The tags of an account, by what was asked for."""
    tags = {
        "environment": request.environment,
        "workload": request.workload,
        "team": request.team.slug if request.team else "",
        "owner": request.owner.username if request.owner else "",
        "cost-centre": request.cost_centre,
        "data-class": request.data_class,
    }
    if request.expires_on:
        tags["expires-on"] = request.expires_on.isoformat()
    return {key: NOT_IN_TAGS.sub("-", value)[:256] for key, value in tags.items() if value}


@transaction.atomic
def deliver(request: AccountRequest, found: AwsAccount, *, tags: dict[str, str]) -> Account:
    """Write the account down and end the request; harmless twice."""
    if request.connection is None:
        raise Missing()
    account, made = Account.objects.update_or_create(
        account_id=found.id,
        defaults={
            "connection": request.connection,
            "name": found.name,
            "email": found.email,
            "state": found.state,
            "ou": request.ou,
            "joined_method": found.joined_method,
            "joined_at": found.joined_at,
            "tags": tags,
            "row_hash": account_hash(
                found,
                connection_pk=request.connection.pk,
                ou_pk=request.ou_id,
                tags=tags,
                is_management=False,
            ),
            "missed_at": None,
            "gone_at": None,
            "owner": request.owner,
            "deputy": request.deputy,
            "team": request.team,
            "environment": request.environment,
            "workload": request.workload,
            "cost_centre": request.cost_centre,
            "data_class": request.data_class,
            "expires_on": request.expires_on,
        },
    )
    placements.place(account, request.ou, at=timezone.now())
    if made:
        OrganisationChange.objects.create(
            connection=request.connection,
            kind=OrganisationChange.Kind.ACCOUNT_ADDED,
            account=account,
            after={"name": found.name, "ou": request.ou.name if request.ou else ""},
        )
    if request.status == AccountRequest.Status.APPROVED:
        request.move(
            start=AccountRequest.Status.APPROVED,
            end=AccountRequest.Status.DELIVERED,
            delivered_at=timezone.now(),
        )
        facts = {"account": found.id, "request": request.pk}
        record(actor=system_user(), action="account_deliver", target=account, facts=facts)
    return account
