"""All tables of the ground, by room."""

from portal.api.models import ApiToken, IdempotentCall
from portal.approvals.models import Approval, ApprovalStep, Decision, Rule, RuleCondition, RuleStep
from portal.audit.models import AuditEvent, AuditSeal
from portal.aws.models import AwsCall, Connection
from portal.flow.models import Run, RunStep
from portal.people.models import Membership, RoleBinding, Team, User
from portal.sync.models import SyncRun

__all__ = [
    "ApiToken",
    "Approval",
    "ApprovalStep",
    "AuditEvent",
    "AuditSeal",
    "AwsCall",
    "Connection",
    "Decision",
    "IdempotentCall",
    "Membership",
    "RoleBinding",
    "Rule",
    "RuleCondition",
    "RuleStep",
    "Run",
    "RunStep",
    "SyncRun",
    "Team",
    "User",
]
