"""The journal: no changing call leaves without a reason, and each is written before and after.

It sits in botocore's own events on every client the portal makes, so no gateway can forget it.
"""

import logging
import re
from typing import Any

from botocore.model import OperationModel
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.approvals import standing
from portal.audit.record import record
from portal.aws import counting, rates
from portal.aws.acting import Acting, current
from portal.aws.errors import Busy
from portal.aws.models import AwsCall, Connection
from portal.errors import Forbidden
from portal.flow.models import Run
from portal.flow.said import said
from portal.people.models import User

log = logging.getLogger("portal.aws")
READING = re.compile(r"^(Get|List|Describe|Lookup|Search|BatchGet|Head|Simulate|Validate|Assume)")
SECRET = re.compile(r"(password|secret|token|credential)", re.IGNORECASE)
PATIENCE_READING = 60.0  # seconds a reading call queues for its turn
PATIENCE_CHANGING = 5.0  # a step rather comes back later


class NoReason(Forbidden):
    code = "no_acting_context"


class OnlyObserving(Forbidden):
    code = "observe_only"


class LostHold(Forbidden):
    """Another worker has the run now, or it was cancelled: nothing may be sent any more."""

    code = "lost_hold"


def is_changing(operation: str) -> bool:
    return not READING.match(operation)


def remember_what_was_asked(params: dict[str, Any], context: dict[str, Any], **_more: Any) -> None:
    context["asked"] = dict(params)


class Journal:
    """The hooks of one client: `attach` it once, before the first call."""

    def __init__(self, connection: Connection, account_id: str, region: str, *, may_change: bool):
        self.connection, self.account_id, self.region = connection, account_id, region
        self.may_change = may_change

    def attach(self, client: Any) -> None:
        events = client.meta.events
        events.register("before-parameter-build.*", remember_what_was_asked)
        events.register("before-call.*", self.before)
        events.register("after-call.*", self.after)
        events.register("after-call-error.*", self.after_error)

    def before(
        self, model: OperationModel, params: dict[str, Any], context: dict[str, Any], **_more: Any
    ) -> None:
        """Wait for the turn; for a changing call check and write the intent. Raises to refuse."""
        service, operation = model.service_model.service_name, model.name
        changing = is_changing(operation)
        acting = self._acting(operation) if changing else None
        patience = PATIENCE_CHANGING if changing else PATIENCE_READING
        wait = rates.wait_for_turn(
            self.connection.management_account_id, service, operation, patience=patience
        )
        if wait:
            busy = Busy(f"{service}:{operation}", "Queued", "Waiting for AWS's rate limit.")
            busy.wait_seconds = wait
            raise busy
        counting.one_more()
        if acting:
            context["journal"] = self._intend(acting, service, operation, context)

    def after(
        self, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_more: Any
    ) -> None:
        call: AwsCall | None = context.get("journal")
        if call is None:
            return
        error = parsed.get("Error") if http_response.status_code >= 300 else None
        if error is None:
            outcome = AwsCall.Outcome.DONE
        elif http_response.status_code >= 500:
            outcome = AwsCall.Outcome.UNKNOWN
        else:
            outcome = AwsCall.Outcome.REFUSED
        meta = parsed.get("ResponseMetadata", {})
        self._outcome(call, outcome, (error or {}).get("Code", ""), meta.get("RequestId", ""))

    def after_error(self, exception: Exception, context: dict[str, Any], **_more: Any) -> None:
        call: AwsCall | None = context.get("journal")
        if call is not None:
            self._outcome(call, AwsCall.Outcome.UNKNOWN, type(exception).__name__, "")

    def _acting(self, operation: str) -> Acting:
        acting = current()
        if not self.may_change:
            raise NoReason(f"{operation} was asked of a client that only reads.")
        if acting is None:
            raise NoReason(f"{operation} has no actor and no reason.")
        return acting

    def _intend(
        self, acting: Acting, service: str, operation: str, context: dict[str, Any]
    ) -> AwsCall:
        """Check the mode, the hold and the approval, and write the intent, in one transaction."""
        with transaction.atomic(durable=True):  # committed before anything is sent
            _still_managed(self.connection)
            require_hold()
            if acting.approval_id is not None:
                standing.require_standing(acting.approval_id)
            actor = User.objects.get(pk=acting.actor_id)
            call = AwsCall.objects.create(
                connection=self.connection,
                account_id=self.account_id,
                region=self.region,
                service=service,
                operation=operation,
                asked=_without_secrets(context.get("asked", {})),
                run_id=acting.run_id,
                step=acting.step,
                actor=actor,
                approval_id=acting.approval_id,
                reason=acting.reason,
            )
            record(
                actor=actor,
                action="aws_intent",
                target=call,
                reason=acting.reason,
                facts={
                    "account": self.account_id,
                    "region": self.region,
                    "step": acting.step,
                    "approval": acting.approval_id,
                    "asked": call.asked,
                },
            )
        return call

    @transaction.atomic
    def _outcome(self, call: AwsCall, outcome: str, code: str, aws_request_id: str) -> None:
        call.outcome, call.error_code, call.aws_request_id = (
            outcome,
            code[:120],
            aws_request_id[:80],
        )
        call.answered_at = timezone.now()
        call.save(update_fields=["outcome", "error_code", "aws_request_id", "answered_at"])
        facts = {"outcome": outcome, "code": code, "aws_request": aws_request_id}
        record(actor=call.actor, action="aws_outcome", target=call, facts=facts)


def _still_managed(connection: Connection) -> None:
    """As it is now: the client may be older than an administrator's second thoughts."""
    if Connection.objects.get(pk=connection.pk).mode != Connection.Mode.MANAGE:
        sentence = gettext_noop("This connection only observes: nothing is changed in AWS.")
        raise OnlyObserving(said(sentence))


def require_hold() -> None:
    """Raise LostHold when this worker acts for a run that it no longer holds, or by an approval
    that is not the run's. Locks the run until the transaction ends: what is written in it is
    written before anybody can take over."""
    acting = current()
    if acting is None or acting.run_id is None:
        return
    run = Run.objects.select_for_update(of=("self",), no_key=True)
    ours = run.filter(
        pk=acting.run_id, fence=acting.fence or 0, status=Run.Status.ACTIVE, held_until__gt=Now()
    )
    if ours.filter(approval=acting.approval_id).first() is None:
        raise LostHold(_("The run was taken over or cancelled; nothing more was sent."))


def _without_secrets(asked: Any) -> Any:
    if isinstance(asked, dict):
        return {
            k: "…" if SECRET.search(k) and k != "ClientRequestToken" else _without_secrets(v)
            for k, v in asked.items()
        }
    if isinstance(asked, list | tuple):
        return [_without_secrets(part) for part in asked]
    if isinstance(asked, str):
        kept = asked.replace("\x00", "")  # which JSON in PostgreSQL can't hold
        return kept if len(kept) <= 2000 else f"{kept[:2000]}…"
    return asked if isinstance(asked, int | bool) or asked is None else str(asked)
