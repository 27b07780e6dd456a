"""Brings in every handler, and says which services moto is not asked about at all."""

from portal.local.aws import budgets, contacts, sts, tagging
from portal.local.aws.identity import centre, store
from portal.local.aws.organizations import accounts, delegation, policies, tags, units
from portal.local.aws.stacksets import answers as stackset_answers

HANDLER_MODULES = (
    accounts,
    budgets,
    centre,
    contacts,
    delegation,
    policies,
    stackset_answers,
    store,
    sts,
    tagging,
    tags,
    units,
)
# Operations of these without a handler answer NotEmulated, because moto's data is not ours.
SERVICES = frozenset({"organizations", "sts", "sso-admin", "identitystore", "budgets", "account"})
LEFT_TO_MOTO = frozenset(
    {
        "GetSessionToken",
        "GetFederationToken",
        "AssumeRoleWithWebIdentity",
        "AssumeRoleWithSAML",
    }
)
