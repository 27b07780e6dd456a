"""Whether an approval still stands at the moment when something is done because of it."""

from django.utils import timezone
from django.utils.translation import gettext_noop

from portal.approvals.kinds import KINDS
from portal.approvals.models import Approval, ApprovalStep, Decision
from portal.aws.models import AwsCall
from portal.errors import Forbidden
from portal.flow.said import said
from portal.people.models import User
from portal.permissions import Role, may


class NoLongerStands(Forbidden):
    """What was approved, or who approved it, is no longer what it was."""

    code = "approval_void"


def require_standing(approval_id: int) -> None:
    """Raise NoLongerStands unless the approval is given, unexpired (until AWS was first changed by
    it), bound to the content as it is now, and its deciders could still decide."""
    approval = Approval.objects.get(pk=approval_id)
    subject = KINDS[approval.kind].subject_of(approval)
    if approval.status not in (Approval.Status.APPROVED, Approval.Status.EXPIRED):
        raise NoLongerStands(said(gettext_noop("This is not approved (any more).")))
    if _is_over(approval) and not is_begun(approval):
        raise NoLongerStands(
            said(
                gettext_noop(
                    "The approval was not carried out in time and is void. Cancel this, then ask"
                    " again."
                )
            )
        )
    if KINDS[approval.kind].content_hash(subject) != approval.content_hash:
        sentence = gettext_noop("What was approved has been changed since; approve it again.")
        raise NoLongerStands(said(sentence))
    missing = unmet_step(approval, subject)
    if missing is not None:
        raise NoLongerStands(
            said(
                gettext_noop(
                    "Whoever approved this no longer may. Another person (%(role)s) must confirm"
                    " it."
                ),
                role=missing.role_name,
            )
        )


def is_begun(approval: Approval) -> bool:
    """Whether AWS was changed because of it: then it no longer expires, it is carried out."""
    return AwsCall.objects.filter(approval=approval).exists()


def _is_over(approval: Approval) -> bool:
    until = approval.valid_until
    is_late = until is not None and until < timezone.now()
    return is_late or approval.status == Approval.Status.EXPIRED


def unmet_step(approval: Approval, subject: object) -> ApprovalStep | None:
    """The first step with too few yeses by people who may still give them, else None."""
    for step in approval.asked():
        yes = step.decisions.filter(
            verdict=Decision.Verdict.YES, content_hash=approval.content_hash
        ).select_related("decider")
        if sum(can_decide(d.decider, approval, step, subject) for d in yes) < step.count:
            return step
    return None


def can_decide(user: User, approval: Approval, step: ApprovalStep, subject: object) -> bool:
    """Whether this person may speak on this step: right, role, and never on their own request."""
    fresh = User.objects.get(pk=user.pk)  # rights as they are now, not as cached
    own = approval.requested_by_id == user.pk
    return not own and may(fresh, KINDS[approval.kind].decide, subject, role=Role(step.role))
