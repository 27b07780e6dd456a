"""What the ground's rows look like to programs. Explicit fields, no rules."""

from datetime import UTC
from typing import Any

from rest_framework import serializers

from portal.api.bodies import Input, Query
from portal.approvals.models import Approval, Decision, Rule
from portal.flow.models import Run, RunStep
from portal.permissions import Action, Role
from portal.sync.sources import Freshness


class Instant(serializers.DateTimeField):
    """A moment in UTC, whatever the reader's time zone is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"read_only": True, "default_timezone": UTC, **options})


class PersonOut(serializers.Serializer):
    username = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)


class TeamOut(serializers.Serializer):
    slug = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    cost_centre = serializers.CharField(read_only=True)
    access_group = serializers.CharField(read_only=True)


class BindingOut(serializers.Serializer):
    role = serializers.ChoiceField([role.value for role in Role], read_only=True)
    target = serializers.CharField(
        read_only=True, help_text="Where the role holds; empty for everywhere."
    )


class MeOut(serializers.Serializer):
    username = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)
    teams = TeamOut(many=True, read_only=True)
    roles = BindingOut(source="bindings", many=True, read_only=True)
    permissions = serializers.ListField(
        child=serializers.ChoiceField([action.value for action in Action]), read_only=True
    )


class RunStepOut(serializers.Serializer):
    position = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(RunStep.Status.choices, read_only=True)
    tries = serializers.IntegerField(read_only=True)
    started_at = Instant(allow_null=True)
    ended_at = Instant(allow_null=True)
    seconds = serializers.FloatField(read_only=True, allow_null=True)
    note = serializers.CharField(read_only=True)


class RunOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    plan = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(Run.Status.choices, read_only=True)
    position = serializers.IntegerField(read_only=True)
    reason = serializers.CharField(read_only=True)
    last_error = serializers.CharField(read_only=True)
    actor = PersonOut(read_only=True)
    created_at = Instant()
    ended_at = Instant(allow_null=True)


class RunDetailOut(RunOut):
    steps = RunStepOut(many=True, read_only=True)


class RunQuery(Query):
    status = serializers.ChoiceField(Run.Status.choices, required=False)
    plan = serializers.CharField(required=False, max_length=60)


class ReasonInput(Input):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class ApprovalStepOut(serializers.Serializer):
    position = serializers.IntegerField(read_only=True)
    role = serializers.ChoiceField([role.value for role in Role], read_only=True)
    count = serializers.IntegerField(read_only=True)
    due_at = Instant()


class ApprovalCostOut(serializers.Serializer):
    """As much of an approval as people need who decide on costs."""

    id = serializers.IntegerField(read_only=True)
    status = serializers.ChoiceField(Approval.Status.choices, read_only=True)
    content_hash = serializers.CharField(read_only=True)
    due_at = Instant(allow_null=True)
    decided_at = Instant(allow_null=True)
    asked = ApprovalStepOut(many=True, read_only=True)


class ApprovalOut(ApprovalCostOut):
    """All of an approval. What goes beyond costs is left out for those who see only them."""

    facts = serializers.DictField(required=False)
    rule_name = serializers.CharField(required=False)
    rule_version = serializers.IntegerField(required=False, allow_null=True)
    rule_reason = serializers.CharField(required=False)
    opened_at = Instant(read_only=False, required=False)
    valid_until = Instant(read_only=False, required=False, allow_null=True)


class DecisionOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    step = serializers.IntegerField(source="step.position", read_only=True)
    decider = PersonOut(read_only=True)
    verdict = serializers.ChoiceField(Decision.Verdict.choices, read_only=True)
    reason = serializers.CharField(read_only=True)
    content_hash = serializers.CharField(read_only=True)
    at = Instant()


class DecisionInput(Input):
    verdict = serializers.ChoiceField(Decision.Verdict.choices)
    seen_content_hash = serializers.CharField(
        max_length=64, help_text="The content_hash of the approval as you read it."
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class ConditionOut(serializers.Serializer):
    fact = serializers.CharField(read_only=True)
    operator = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)


class RuleStepOut(serializers.Serializer):
    position = serializers.IntegerField(read_only=True)
    role = serializers.ChoiceField([role.value for role in Role], read_only=True)
    count = serializers.IntegerField(read_only=True)
    hours = serializers.IntegerField(read_only=True)


class RuleOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    outcome = serializers.ChoiceField(Rule.Outcome.choices, read_only=True)
    is_active = serializers.BooleanField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    changed_at = Instant()
    conditions = ConditionOut(many=True, read_only=True)
    steps = RuleStepOut(many=True, read_only=True)


class RuleQuery(Query):
    kind = serializers.CharField(required=False, max_length=40)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class ChoiceOut(serializers.Serializer):
    value = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)


class FactOut(serializers.Serializer):
    name = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    type = serializers.CharField(read_only=True)
    unit = serializers.CharField(read_only=True)
    choices = ChoiceOut(many=True, read_only=True)
    operators = ChoiceOut(many=True, read_only=True)


class KindOut(serializers.Serializer):
    key = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    facts = FactOut(many=True, read_only=True)


class AuditEventOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    at = Instant()
    actor = serializers.CharField(source="actor.username", read_only=True, allow_null=True)
    actor_name = serializers.CharField(read_only=True)
    action = serializers.CharField(read_only=True)
    target_kind = serializers.CharField(read_only=True)
    target_id = serializers.CharField(read_only=True)
    target_label = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    facts = serializers.DictField(read_only=True)
    web_request = serializers.CharField(read_only=True)
    address = serializers.IPAddressField(read_only=True, allow_null=True)
    run_id = serializers.IntegerField(read_only=True, allow_null=True)
    digest = serializers.CharField(read_only=True)


class AuditQuery(Query):
    actor = serializers.CharField(required=False, max_length=60)
    action = serializers.CharField(required=False, max_length=60)
    target_kind = serializers.CharField(required=False, max_length=40)
    target_id = serializers.CharField(required=False, max_length=120)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Exclusive.")


class FreshnessOut(serializers.Serializer):
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # DRF has a `source`
    organisation = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(Freshness.choices, read_only=True)
    complete_as_of = Instant(allow_null=True)
    last_status = serializers.CharField(read_only=True)
    last_ended_at = Instant(allow_null=True)
    last_error = serializers.CharField(read_only=True)
