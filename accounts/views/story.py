"""Everything the page of a request says, and what its reader may do there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.approvals import FACTS
from accounts.models import Account, AccountRequest, RequestComment
from accounts.selectors import directory
from portal.approvals import standing
from portal.approvals.kinds import Fact, FactType
from portal.approvals.models import Approval, Decision
from portal.approvals.services import may_decide_now
from portal.errors import Text
from portal.flow.models import RunStep
from portal.people.models import User
from portal.permissions import Action, may
from portal.ui import money

Status = AccountRequest.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of ui/timeline.html."""

    title: Text
    at: datetime
    person: User | None = None
    text: Text = ""
    icon: str = "circle"
    tone: str = "neutral"


class Story:
    """One request as one reader sees it. Each property asks the database at most once."""

    def __init__(self, account_request: AccountRequest, reader: User) -> None:
        self.request = account_request
        self.reader = reader
        self.approval: Approval | None = account_request.approval
        self.run = account_request.run

    @cached_property
    def sees_all(self) -> bool:
        """False: only the cost fields."""
        return may(self.reader, Action.REQUEST_VIEW, self.request)

    @cached_property
    def sees_run(self) -> bool:
        return self.run is not None and may(self.reader, Action.RUN_VIEW, self.request)

    @property
    def is_moving(self) -> bool:
        """Whether the page should look again by itself."""
        return self.run is not None and self.run.is_active

    @cached_property
    def steps(self) -> Sequence[RunStep]:
        return list(self.run.steps.all()) if self.run is not None and self.sees_run else []

    @property
    def steps_done(self) -> int:
        over = (RunStep.Status.DONE, RunStep.Status.SKIPPED)
        return sum(step.status in over for step in self.steps)

    @cached_property
    def decisions(self) -> Sequence[Decision]:
        if self.approval is None:
            return []
        return list(self.approval.decisions.select_related("decider", "step"))

    def is_outdated(self, decision: Decision) -> bool:
        """Spoken about contents that were edited since."""
        return decision.is_void

    @cached_property
    def asked(self) -> Sequence[Any]:
        """The approval's steps for the present content."""
        return self.approval.asked() if self.approval is not None else []

    @property
    def facts(self) -> list[tuple[Text, Text]]:
        """What the rules looked at, in words."""
        known = self.approval.facts if self.approval is not None else {}
        return [(fact.title, _word(fact, known.get(name))) for name, fact in FACTS.items()]

    @cached_property
    def events(self) -> list[Event]:
        """What happened, the oldest first."""
        events = [*self._asking(), *map(self._deciding, self.decisions), *self._ending()]
        return sorted(events, key=lambda event: event.at)

    def _asking(self) -> list[Event]:
        asked = self.request
        if asked.submitted_at is None:
            return []
        title = _("Asked for")
        person = asked.requester if self.sees_all else None
        return [Event(title=title, at=asked.submitted_at, person=person, icon="send", tone="info")]

    def _deciding(self, decision: Decision) -> Event:
        is_yes = decision.verdict == Decision.Verdict.YES
        title: Text = _("Approved") if is_yes else _("Rejected")
        if self.is_outdated(decision):
            title = _("Approved an earlier version") if is_yes else _("Rejected an earlier version")
        return Event(
            title=title,
            at=decision.at,
            person=decision.decider,
            text=decision.reason,
            icon="check" if is_yes else "x",
            tone="success" if is_yes else "danger",
        )

    def _ending(self) -> list[Event]:
        """What ended the asking, and what the run did."""
        return [*self._settling(), *self._making()]

    def _settling(self) -> list[Event]:
        approval = self.approval
        if approval is None or approval.decided_at is None:
            return []
        at = approval.decided_at
        if approval.by_rule:
            title = _("Approved at once by a rule")
            text = approval.rule_reason
            return [Event(title=title, at=at, text=text, icon="robot", tone="success")]
        if approval.status == Approval.Status.WITHDRAWN:
            return [Event(title=_("Withdrawn"), at=at, icon="arrow-left")]
        if approval.status == Approval.Status.EXPIRED:
            title = _("The approval was not carried out in time")
            return [Event(title=title, at=at, icon="clock", tone="warning")]
        return []

    def _making(self) -> list[Event]:
        found: list[Event] = []
        run, asked = self.run, self.request
        if run is not None:
            title = _("Work begun")
            found.append(Event(title=title, at=run.created_at, icon="player-play", tone="info"))
            if asked.status == Status.CANCELLED and run.ended_at is not None:
                found.append(
                    Event(title=_("Cancelled"), at=run.ended_at, icon="ban", tone="warning")
                )
        if asked.delivered_at is not None:
            at = asked.delivered_at
            found.append(Event(title=_("Delivered"), at=at, icon="circle-check", tone="success"))
        return found

    @cached_property
    def comments(self) -> Sequence[RequestComment]:
        """The talk beside it; who sees only cost fields sees only what they said themselves."""
        lines = self.request.comments.select_related("author")
        return list(lines if self.sees_all else lines.filter(author=self.reader))

    @cached_property
    def account(self) -> Account | None:
        """The delivered account, when the reader may see it."""
        if not self.request.account_id:
            return None
        seen = directory.accounts_for(self.reader)
        return seen.filter(account_id=self.request.account_id).first()

    # What the reader may do. Buttons only: services hold the lock.

    @property
    def is_requester(self) -> bool:
        return self.request.requester_id == self.reader.pk

    @cached_property
    def may_decide(self) -> bool:
        may_at_all = may(self.reader, Action.REQUEST_DECIDE, self.request)
        if self.approval is None or not may_at_all or self.request.status not in DECIDABLE:
            return False
        return may_decide_now(self.approval, self.request, self.reader)

    @cached_property
    def needs_confirming(self) -> bool:
        """Approved, but whoever approved it no longer may."""
        if self.approval is None or self.request.status != Status.APPROVED:
            return False
        is_given = self.approval.status == Approval.Status.APPROVED
        return is_given and standing.unmet_step(self.approval, self.request) is not None

    @property
    def why_not(self) -> Text:
        """Why somebody who decides on requests has no buttons here; "" without a reason."""
        waits = self.approval is not None and (self.approval.is_pending or self.needs_confirming)
        if not waits or self.may_decide or not may(self.reader, Action.REQUEST_DECIDE):
            return ""
        if self.is_requester:
            return _("Nobody approves their own request. Somebody else will look at it.")
        if any(d.decider_id == self.reader.pk and not self.is_outdated(d) for d in self.decisions):
            return _("You have decided on this already; it waits for others.")
        return _("This waits for other people than you.")

    @property
    def may_change(self) -> bool:
        return (
            self.request.is_changeable
            and self.is_requester
            and may(self.reader, Action.REQUEST_CHANGE, self.request)
        )

    @property
    def may_withdraw(self) -> bool:
        return self.may_change and not self.request.is_draft

    @property
    def may_comment(self) -> bool:
        is_draft = self.request.is_draft
        return not is_draft and may(self.reader, Action.REQUEST_COMMENT, self.request)


DECIDABLE = (Status.SUBMITTED, Status.APPROVED)


def _word(fact: Fact, value: Any) -> Text:
    if value is None:
        return "–"
    if fact.type is FactType.YES_NO:
        return _("Yes") if value else _("No")
    if fact.unit == "USD":
        return money.show(Decimal(str(value)), "USD")
    text = str(fact.choices.get(str(value), value))
    return f"{text} {fact.unit}" if fact.unit else text


def story_of(account_request: AccountRequest, reader: User) -> Story:
    return Story(account_request, reader)
