"""Optional: AWS's own request rates for Organizations, per account and API.

Source: "Quotas and service limits for AWS Organizations", rate and burst per account.
Identity Center allows 20 calls a second in all.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.local.aws.world import World

RATES: dict[str, tuple[float, float]] = {
    "ListAccounts": (8, 12),
    "DescribeAccount": (20, 30),
    "ListChildren": (6, 10),
    "ListParents": (5, 8),
    "ListAccountsForParent": (5, 8),
    "ListOrganizationalUnitsForParent": (5, 8),
    "ListPolicies": (5, 8),
    "ListPoliciesForTarget": (5, 8),
    "ListTargetsForPolicy": (5, 8),
    "DescribePolicy": (2, 2),
    "CreatePolicy": (2, 3),
    "DeletePolicy": (2, 3),
    "UpdatePolicy": (2, 3),
    "AttachPolicy": (2, 3),
    "DetachPolicy": (2, 3),
    "TagResource": (4, 6),
    "ListTagsForResource": (10, 15),
    "ListRoots": (1, 2),
    "DescribeOrganization": (1, 2),
    "MoveAccount": (2, 3),
    "CreateAccount": (0.1, 3),
    "CloseAccount": (0.05, 1),
    "DescribeCreateAccountStatus": (2, 2),
    "ListCreateAccountStatus": (5, 8),
}
OTHER = (5.0, 8.0)
IDENTITY_CENTER = (20.0, 20.0)


@dataclass
class Buckets:
    """Tokens left and when they were counted, by (account, API)."""

    left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)


def take(world: World, account_id: str, service: str, operation: str) -> bool:
    """True when the call is within its rate."""
    if service == "organizations":
        name, (rate, burst) = operation, RATES.get(operation, OTHER)
    elif service in ("sso-admin", "identitystore"):
        name, (rate, burst) = "identity-center", IDENTITY_CENTER
    else:
        return True
    left = world.shelf(Buckets).left
    tokens, since = left.get((account_id, name), (burst, world.now()))
    tokens = min(burst, tokens + (world.now() - since) * rate)
    allowed = tokens >= 1
    left[account_id, name] = (tokens - 1 if allowed else tokens, world.now())
    return allowed
