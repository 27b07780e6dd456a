"""Brings in every handler, and says which services moto is not asked about at all."""

from portal.local.aws import sts
from portal.local.aws.organizations import accounts, delegation, policies, tags, units

HANDLER_MODULES = (sts, accounts, delegation, policies, tags, units)
# Operations that have no handler here answer NotEmulated, because moto's data is not ours.
SERVICES = frozenset({"organizations", "sts"})
LEFT_TO_MOTO = frozenset(
    {
        "GetSessionToken",
        "GetFederationToken",
        "AssumeRoleWithWebIdentity",
        "AssumeRoleWithSAML",
    }
)
