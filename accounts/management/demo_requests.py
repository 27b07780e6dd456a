"""The demo's requests, one in every state, made through the same services that people use."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import AccountRequest
from accounts.services import requests
from portal.approvals import services as approvals
from portal.approvals.models import Approval
from portal.aws.models import Connection
from portal.people.models import User


def seed(connection: Connection) -> None:
    """Drafts, waiting, late, approved at once, approved by a person, rejected, withdrawn, and one
    whose run stops because the team's group is not in Identity Center."""
    haruka, kenji, priya = map(_person, ("haruka.sato", "kenji.tanaka", "priya.raman"))
    takumi, shiori = _person("takumi.ito"), _person("shiori.ogawa")

    _draft(connection, haruka, "ren.suzuki", workload="fraud-scoring", environment="production",
           purpose="")  # fmt: skip
    _draft(connection, _person("sofia.lindqvist"), "riku.matsumoto", workload="app-preview")

    waiting = _submitted(
        connection, haruka, "maria.fernandez", workload="refunds", environment="production",
        budget_usd=Decimal(1800), data_class="confidential", network="corporate", expires_on=None,
        purpose="Refunds get a service of their own, split off from the card gateway.",
    )  # fmt: skip
    requests.comment(waiting, actor=takumi, text="Which on-premises systems must it reach?")
    requests.comment(waiting, actor=haruka, text="Only the ledger, over HTTPS.")
    late = _submitted(
        connection, kenji, "aoi.watanabe", workload="storefront-search", environment="production",
        budget_usd=Decimal(900), expires_on=None,
        purpose="Search of the storefront moves out of the shared account.",
    )  # fmt: skip
    _backdate(late, days=4)
    big = _submitted(
        connection, priya, "yuto.yamamoto", workload="feature-store", environment="production",
        budget_usd=Decimal(7500), data_class="confidential", expires_on=None,
        purpose="Features for all models in one place, with a GPU fleet for training at night.",
    )  # fmt: skip
    _yes(big, takumi, "The design was reviewed on Tuesday; finance decides on the budget.")
    _submitted(
        connection, _person("yumi.nakamura"), "koji.ishikawa", workload="driver-app",
        environment="production", budget_usd=Decimal(1200), data_class="restricted",
        expires_on=None, purpose="Routes and addresses of drivers, out of the old data centre.",
    )  # fmt: skip

    rejected = _submitted(
        connection, _person("jonas.weber"), "hana.shimizu", workload="everything",
        environment="test", budget_usd=Decimal(4000), permission_set="AdministratorAccess",
        expires_on=None, purpose="One account for all our test systems and some production ones.",
    )  # fmt: skip
    _decide(rejected, shiori, "no", "One account per workload and environment, please: ask for"
            " the search index and the crawler apart.")  # fmt: skip
    withdrawn = _submitted(
        connection, _person("emi.hayashi"), "amara.okafor", workload="widget-trial",
        environment="production", budget_usd=Decimal(600), expires_on=None,
        purpose="A trial of home screen widgets; turned out to fit into the sandbox.",
    )  # fmt: skip
    requests.withdraw(withdrawn, actor=withdrawn.requester, reason="The sandbox is enough.")

    _submitted(
        connection, _person("ren.suzuki"), "sho.takahashi", workload="wallet-spike",
        purpose="Try the new wallet API for a month.",
    )  # fmt: skip
    _submitted(
        connection, _person("lucas.moreau"), "elena.popova", workload="llm-eval",
        environment="development", budget_usd=Decimal(450), network="internet", expires_on=None,
        purpose="Compare language models on our own support tickets, without personal data.",
    )  # fmt: skip
    approved = _submitted(
        connection, _person("aoi.watanabe"), "mei.kimura", workload="gift-cards",
        environment="production", budget_usd=Decimal(1500), expires_on=None,
        purpose="Gift cards get their own account before the season starts.",
    )  # fmt: skip
    _yes(approved, takumi, "Owner, budget and network fit.")
    stopped = _submitted(
        connection, _person("hiroshi.yamada"), "naoko.saito", workload="intranet",
        environment="development", budget_usd=Decimal(200), expires_on=None,
        access_group="aws-intranet-editors", own_group=True,
        purpose="The new intranet; its editors get their own group later this week.",
    )  # fmt: skip
    assert stopped.status == AccountRequest.Status.APPROVED  # noqa: S101 — the demo must be whole


def _person(username: str) -> User:
    return User.objects.get(username=username)


def _fields(connection: Connection, owner: User, deputy: str, **more: Any) -> dict[str, Any]:
    team = owner.teams.get()
    if more.pop("own_group", False):
        team.access_group = more["access_group"]
        team.save(update_fields=["access_group"])
    return {
        "connection": connection,
        "workload": "",
        "purpose": "",
        "environment": "sandbox",
        "team": team,
        "owner": owner,
        "deputy": _person(deputy),
        "cost_centre": team.cost_centre,
        "data_class": "internal",
        "regions": ["ap-northeast-1"],
        "network": "none",
        "budget_usd": Decimal(150),
        "access_group": team.access_group,
        "permission_set": "DeveloperAccess",
        "expires_on": timezone.localdate() + timedelta(days=45),
        **more,
    }


def _draft(connection: Connection, owner: User, deputy: str, **more: Any) -> AccountRequest:
    return requests.start_draft(actor=owner, **_fields(connection, owner, deputy, **more))


def _submitted(connection: Connection, owner: User, deputy: str, **more: Any) -> AccountRequest:
    return requests.submit(_draft(connection, owner, deputy, **more), actor=owner)


def _yes(request: AccountRequest, actor: User, reason: str) -> None:
    _decide(request, actor, "yes", reason)


def _decide(request: AccountRequest, actor: User, verdict: str, reason: str) -> None:
    approval = request.approval
    assert approval is not None  # noqa: S101 — submitted just before
    approvals.decide(
        approval, actor=actor, verdict=verdict, seen_hash=approval.content_hash, reason=reason
    )


def _backdate(request: AccountRequest, *, days: int) -> None:
    """As if it had been handed in some days ago, so that the queue has a late one."""
    ago = timedelta(days=days)
    asked_at = timezone.now() - ago
    AccountRequest.objects.filter(pk=request.pk).update(submitted_at=asked_at, created_at=asked_at)
    approval = Approval.objects.get(pk=request.approval_id or 0)
    approval.opened_at = asked_at
    approval.due_at = approval.due_at - ago if approval.due_at else None
    approval.save(update_fields=["opened_at", "due_at"])
    for step in approval.steps.all():
        step.due_at -= ago
        step.save(update_fields=["due_at"])
