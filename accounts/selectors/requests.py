"""Requests as lists: one's own, and those that wait for a decision."""

from collections.abc import Mapping

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import AccountRequest
from portal.approvals.models import Approval, ApprovalStep, Decision
from portal.people.models import User
from portal.permissions import Action

Status = AccountRequest.Status
OVER = (Status.REJECTED, Status.WITHDRAWN, Status.CANCELLED)
# The tabs over lists of requests: key → states.
TABS: Mapping[str, tuple[str, ...]] = {
    "all": tuple(Status.values),
    "drafts": (Status.DRAFT,),
    "waiting": (Status.SUBMITTED,),
    "making": (Status.APPROVED,),
    "delivered": (Status.DELIVERED,),
    "over": OVER,
}
LINE = ("requester", "owner", "team", "approval", "run", "connection")
MOST = 1000  # of those that wait for one person: more are not counted
PAGE = (*LINE, "deputy", "ou", "approval__rule")


def visible_to(user: User) -> QuerySet[AccountRequest]:
    """Every request the person may see at least the cost fields of."""
    return AccountRequest.objects.visible_to(user, Action.REQUEST_VIEW_COST)


def mine(user: User) -> QuerySet[AccountRequest]:
    """Asked for by the person or a team of theirs, or with them as owner or deputy."""
    own = Q(requester=user)
    shared = Q(team__in=user.team_ids) | Q(owner=user) | Q(deputy=user)
    requests = AccountRequest.objects.filter(own | (shared & ~Q(status=Status.DRAFT)))
    return requests.select_related(*LINE)


def tab_counts(requests: QuerySet[AccountRequest]) -> dict[str, int]:
    """Tab → number of requests, in one query."""
    by_status = dict(requests.order_by().values_list("status").annotate(Count("pk")))
    return {
        key: sum(by_status.get(status, 0) for status in statuses) for key, statuses in TABS.items()
    }


def queue(user: User) -> QuerySet[AccountRequest]:
    """Submitted requests the person may decide on or read, those due first in front."""
    requests = AccountRequest.objects.visible_to(user, Action.REQUEST_DECIDE)
    # All but drafts have an approval; said like this, the deadline's index gives the order.
    submitted = requests.exclude(status=Status.DRAFT).filter(approval__opened_at__isnull=False)
    return submitted.select_related(*LINE).order_by(
        F("approval__due_at").asc(nulls_last=True), "-approval__pk"
    )


def waiting_for(user: User) -> QuerySet[AccountRequest]:
    """Requests whose approval wants a word of this very person, those due first in front."""
    yes = Count("decisions", filter=Q(decisions__verdict="yes", decisions__is_void=False))
    earlier = ApprovalStep.objects.filter(
        approval=OuterRef("approval"), is_void=False, position__lt=OuterRef("position")
    )
    before = earlier.annotate(yes=yes).filter(yes__lt=F("count"))
    steps = ApprovalStep.objects.filter(
        ~Exists(before), approval=OuterRef("approval"), is_void=False, role__in=user.roles
    )
    spoken = Decision.objects.filter(approval=OuterRef("approval"), decider=user, is_void=False)
    pending = Q(status=Status.SUBMITTED, approval__status=Approval.Status.PENDING)
    return (
        queue(user)
        .filter(pending, Exists(steps), ~Exists(spoken))
        .exclude(approval__requested_by=user)
    )


def count_up_to(requests: QuerySet[AccountRequest], most: int = MOST) -> int:
    """How many there are; `most` also when there are more, for nobody decides on more than that."""
    return requests.order_by()[:most].count()


def of_account(user: User, account_id: str) -> AccountRequest | None:
    """The request that an account came from, when the person may see it."""
    found = visible_to(user).filter(account_id=account_id)
    return found.select_related("run", "approval", "requester").first()


def search(user: User, q: str) -> QuerySet[AccountRequest]:
    """Requests by workload, account name or id; each word must occur."""
    found = visible_to(user)
    for word in q.split():
        named = Q(workload__icontains=word) | Q(account_name__icontains=word)
        found = found.filter(named | Q(account_id__contains=word.replace("-", "")))
    return found
