"""Whether an approval still stands at the moment when something is done because of it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.approvals.kinds import KINDS
from portal.approvals.models import Approval, ApprovalStep, Decision
from portal.errors import Forbidden
from portal.people.models import User
from portal.permissions import Role, may


class NoLongerStands(Forbidden):
    """What was approved, or who approved it, is no longer what it was."""

    code = "approval_void"


def require_standing(approval_id: int, *, starting: bool = False) -> None:
    """Raise NoLongerStands unless the approval is given, unexpired (asked only when `starting`),
    bound to the content as it is now, and its deciders could still decide."""
    approval = Approval.objects.get(pk=approval_id)
    subject = KINDS[approval.kind].subject_of(approval)
    if approval.status != Approval.Status.APPROVED:
        raise NoLongerStands(_("This is not approved (any more)."))
    if starting and approval.valid_until is not None and approval.valid_until < timezone.now():
        raise NoLongerStands(_("The approval came too long ago; it must be given again."))
    if KINDS[approval.kind].content_hash(subject) != approval.content_hash:
        raise NoLongerStands(_("What was approved has been changed since; approve it again."))
    missing = unmet_step(approval, subject)
    if missing is not None:
        raise NoLongerStands(
            _("Whoever approved this no longer may. Another person (%(role)s) must confirm it.")
            % {"role": missing.role_name}
        )


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
    holds_role = Role(step.role) in {Role(b.role) for b in fresh.bindings()}
    return not own and holds_role and may(fresh, KINDS[approval.kind].decide, subject)
