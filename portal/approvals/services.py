"""The one engine: open, decide, reopen, withdraw, expire."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.approvals.kinds import KINDS, Kind, holds
from portal.approvals.models import Approval, ApprovalStep, Decision, Rule
from portal.approvals.standing import can_decide, is_begun, unmet_step
from portal.audit.record import record
from portal.aws.models import AwsCall
from portal.errors import Conflict, Forbidden, Invalid
from portal.people.models import User
from portal.people.system import system_user
from portal.permissions import require


@transaction.atomic
def open_approval(kind: Kind, subject: Any, *, actor: User, title: str) -> Approval:
    """Ask whether `subject` may happen. The rules may answer at once: look at its status.

    The caller stores the approval in `subject.approval` and then calls `settle_by_rule`.
    """
    approval = Approval(kind=kind.key, title=title[:200], requested_by=actor)
    _judge(kind, subject, approval)
    return approval


@transaction.atomic
def reopen(approval: Approval, *, actor: User) -> None:
    """The subject was edited: earlier decisions are void, the rules speak anew. Raises Conflict."""
    locked, subject = _locked(approval)
    if not locked.is_pending:
        raise Conflict(_("It has been decided already and can't be edited any more."))
    locked.steps.update(is_void=True)
    locked.decisions.update(is_void=True)
    _judge(KINDS[locked.kind], subject, locked)
    record(actor=actor, action="approval_reopen", target=locked)


@transaction.atomic
def settle_by_rule(approval: Approval) -> None:
    """When the rule approves at once, carry that out; else nothing."""
    locked, _subject = _locked(approval)
    if locked.is_pending and not locked.asked_people:
        _approve(locked, actor=system_user(), reason=locked.rule_reason)


@transaction.atomic
def decide(
    approval: Approval, *, actor: User, verdict: str, seen_hash: str, reason: str = ""
) -> Approval:
    """Say yes or no to what was seen. The last yes starts what was asked for.

    `seen_hash` is the content hash of what the person was shown.
    Raises Forbidden (wrong role, own request), Conflict (decided, edited, twice), Invalid.
    """
    locked, subject = _locked(approval)
    kind = KINDS[locked.kind]
    require(actor, kind.decide, subject)
    if locked.requested_by_id == actor.pk:
        raise Forbidden(_("Nobody approves their own request. Somebody else will look at it."))
    if not locked.is_pending and not _needs_confirming(locked, subject, verdict):
        raise Conflict(_("This has been decided already."))
    if seen_hash != locked.content_hash or kind.content_hash(subject) != locked.content_hash:
        raise Conflict(_("It was edited while you were reading. Look at it again, then decide."))
    if verdict == Decision.Verdict.NO and not reason.strip():
        raise Invalid(
            fields={"reason": [_("Say why, so that the requester knows what to change.")]}
        )
    step = _step_for(locked, subject, actor)
    _write(locked, step, actor, verdict, reason)
    record(
        actor=actor,
        action=f"decide_{verdict}",
        target=subject,
        reason=reason,
        facts={"approval": locked.pk, "step": step.position, "content": locked.content_hash},
    )
    if verdict == Decision.Verdict.NO:
        _close(locked, Approval.Status.REJECTED)
        kind.rejected(subject, locked)
    elif unmet_step(locked, subject) is None:
        _approve(locked, actor=actor, reason=reason)
    return locked


@transaction.atomic
def withdraw(approval: Approval, *, actor: User) -> None:
    """The requester takes it back. Raises Conflict when it has been decided."""
    locked, _subject = _locked(approval)
    if not locked.is_pending:
        raise Conflict(_("It has been decided already and can't be withdrawn any more."))
    _close(locked, Approval.Status.WITHDRAWN)
    record(actor=actor, action="approval_withdraw", target=locked)


def expire_due() -> int:
    """Close approvals that were given but not begun to be carried out in time; how many."""
    begun = AwsCall.objects.filter(approval=OuterRef("pk"))
    late = Approval.objects.filter(
        ~Exists(begun), status=Approval.Status.APPROVED, valid_until__lt=timezone.now()
    ).values_list("pk", flat=True)
    return sum(_expire(pk) for pk in list(late))


@transaction.atomic
def _expire(pk: int) -> int:
    locked = Approval.objects.select_for_update(no_key=True).get(pk=pk)
    if locked.status != Approval.Status.APPROVED or is_begun(locked):
        return 0
    _close(locked, Approval.Status.EXPIRED)
    record(actor=system_user(), action="approval_expire", target=locked)
    return 1


def may_decide_now(approval: Approval, subject: Any, user: User) -> bool:
    """Whether to show this person the buttons."""
    needs_word = approval.is_pending or _needs_confirming(approval, subject, Decision.Verdict.YES)
    step = unmet_step(approval, subject) if needs_word else None
    spoken = _has_spoken(approval, user)
    return step is not None and not spoken and can_decide(user, approval, step, subject)


def _locked(approval: Approval) -> tuple[Approval, Any]:
    """The approval and its subject. The subject is locked first, as by whoever edits it, so that
    two people never hold what the other waits for."""
    subject = KINDS[approval.kind].locked_subject_of(approval)
    return Approval.objects.select_for_update(no_key=True).get(pk=approval.pk), subject


def _judge(kind: Kind, subject: Any, approval: Approval) -> None:
    """Fill the approval from the rules: first match wins, and its reason is kept."""
    now = timezone.now()
    approval.facts = _readable(kind, subject)
    approval.content_hash = kind.content_hash(subject)
    approval.opened_at, approval.due_at = now, None
    rule = first_match(kind, kind.facts_of(subject))
    approval.rule = rule
    approval.rule_name = rule.name if rule else ""
    approval.rule_version = rule.version if rule else None
    approval.rule_reason = (
        rule.reason if rule else _("No rule speaks about this, so a person decides.")
    )
    approval.save()
    if rule and rule.outcome == Rule.Outcome.APPROVE:
        return
    asked = [(s.role, s.count, s.hours) for s in rule.steps.all()] if rule else []
    offset = approval.steps.count()  # void steps of earlier contents keep their decisions
    for position, (role, count, hours) in enumerate(
        asked or [(kind.default_role, 1, kind.default_hours)], start=offset
    ):
        due_at = now + timedelta(hours=hours)
        approval.steps.create(position=position, role=role, count=count, due_at=due_at)
        approval.due_at = max(approval.due_at or due_at, due_at)
    approval.save(update_fields=["due_at"])


def first_match(kind: Kind, facts: dict[str, Any]) -> Rule | None:
    """The first rule in force whose conditions all hold for these facts."""
    rules = Rule.objects.filter(kind=kind.key, is_active=True).prefetch_related(
        "conditions", "steps"
    )
    for rule in rules:
        known = all(c.fact in kind.facts for c in rule.conditions.all())
        if known and all(
            holds(kind.facts[c.fact], c.operator, c.value, facts.get(c.fact))
            for c in rule.conditions.all()
        ):
            return rule
    return None


def _readable(kind: Kind, subject: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in kind.facts_of(subject).items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str) or value is None else str(value)


def _has_spoken(approval: Approval, actor: User) -> bool:
    """On the present content, in whichever step."""
    mine = Decision.objects.filter(approval=approval, decider=actor, is_void=False)
    return mine.exists()


def _step_for(approval: Approval, subject: Any, actor: User) -> ApprovalStep:
    """The step whose turn it is: one after the other, in their order."""
    if _has_spoken(approval, actor):
        raise Conflict(_("You have decided on this already."))
    step = unmet_step(approval, subject)
    if step is None or not can_decide(actor, approval, step, subject):
        raise Forbidden(_("This waits for other people than you."))
    return step


def _needs_confirming(approval: Approval, subject: Any, verdict: str) -> bool:
    """An approval whose deciders lost their role may be confirmed by somebody else."""
    return (
        approval.status == Approval.Status.APPROVED
        and verdict == Decision.Verdict.YES
        and unmet_step(approval, subject) is not None
    )


def _write(approval: Approval, step: ApprovalStep, actor: User, verdict: str, reason: str) -> None:
    try:
        with transaction.atomic():
            Decision.objects.create(
                approval=approval,
                step=step,
                decider=actor,
                verdict=verdict,
                reason=reason,
                content_hash=approval.content_hash,
            )
    except IntegrityError as error:
        raise Conflict(_("You have decided on this already.")) from error


def _approve(approval: Approval, *, actor: User, reason: str) -> None:
    kind = KINDS[approval.kind]
    was_pending = approval.is_pending
    approval.valid_until = timezone.now() + timedelta(hours=kind.valid_hours)
    _close(approval, Approval.Status.APPROVED)
    subject = kind.subject_of(approval)
    record(
        actor=actor,
        action="approve",
        target=subject,
        reason=reason,
        facts={"approval": approval.pk, "rule": approval.rule_name, "confirmed": not was_pending},
    )
    kind.approved(subject, approval)


def _close(approval: Approval, status: str) -> None:
    approval.status, approval.decided_at = status, timezone.now()
    approval.save(update_fields=["status", "decided_at", "valid_until"])
