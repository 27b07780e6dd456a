"""The IAM roles that are delivered: valid, narrow, and the same names as in the portal."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import botocore.session
import pytest
import yaml
from botocore import xform_name

from accounts.models import AccountRequest
from accounts.services import baseline
from costs.steps import budget_name
from portal.aws.models import Connection

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "portal-roles.yaml"
ENTERING = {"sts:AssumeRole", "sts:SetSourceIdentity"}
# AWS Budgets has two actions for all of its operations.
BUDGETS = {
    "CreateBudget": "budgets:ModifyBudget",
    "UpdateBudget": "budgets:ModifyBudget",
    "DescribeBudget": "budgets:ViewBudget",
}
NAMES = ("PortalRead", "PortalOperate")
READING = ("Describe", "Get", "List", "View")
# Actions that AWS lets nobody narrow to a resource. Source: Service Authorization Reference.
WITHOUT_RESOURCE = {"organizations:CreateAccount"}


class Intrinsics(yaml.SafeLoader):
    """Reads !Ref, !Sub and !GetAtt as their text, !If as the list of its branches."""


def plain(loader, suffix, node):
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


Intrinsics.add_multi_constructor("!", plain)


@pytest.fixture(scope="module")
def resources():
    return yaml.load(TEMPLATE.read_text(), Loader=Intrinsics)["Resources"]  # noqa: S506


def listed(value):
    return value if isinstance(value, list) else [value]


def documents(resources):
    for role in roles(resources).values():
        yield from (policy["PolicyDocument"] for policy in role["Policies"])


def statements(resources):
    """Every permission statement; of a condition the branch that grants something."""
    found = [s for document in documents(resources) for s in document["Statement"]]
    return [s[1] if isinstance(s, list) else s for s in found]


def allowed(resources):
    return [s for s in statements(resources) if s["Effect"] == "Allow"]


def roles(resources):
    return {n: r["Properties"] for n, r in resources.items() if r["Type"] == "AWS::IAM::Role"}


def trusts(resources):
    return [roles(resources)[name]["AssumeRolePolicyDocument"]["Statement"][0] for name in NAMES]


def gateway_actions():
    """The IAM action of every AWS operation that a gateway names."""
    for path in ROOT.glob("*/aws/*.py"):
        source = path.read_text()
        named = re.findall(r'our_words\(\s*"([a-z-]+):(\w+)"', source)
        paged = re.findall(r'"((?:list|get)_[a-z_]+)"', source)
        services = set(re.findall(r'client\(\s*connection,\s*"([a-z-]+)"', source))
        named += [(s, operations(s)[p]) for s in services for p in paged if p in operations(s)]
        yield from (iam_action(*one) for one in named if one[0] != "sts")


@cache
def operations(service):
    """boto3's names of a service's operations, each with AWS's own."""
    names = botocore.session.get_session().get_service_model(service).operation_names
    return {xform_name(name): name for name in names}


def iam_action(service, operation):
    prefix = {"sso-admin": "sso", "resourcegroupstaggingapi": "tag"}.get(service, service)
    return BUDGETS.get(operation) or f"{prefix}:{operation}"


def test_cfn_lint_finds_nothing():
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, TEMPLATE], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


def test_no_statement_allows_a_wildcard_of_actions(resources):
    actions = {action for s in statements(resources) for action in listed(s["Action"])}
    assert {action for action in actions if "*" in action} == set()


def test_no_statement_is_written_by_exclusion(resources):
    assert [s for s in statements(resources) if "NotAction" in s or "NotResource" in s] == []


def test_what_changes_something_names_its_resources(resources):
    everywhere = [s for s in allowed(resources) if "*" in listed(s["Resource"])]
    actions = {action for s in everywhere for action in listed(s["Action"])}
    changing = {a for a in actions if not a.partition(":")[2].startswith(READING)}
    assert changing == WITHOUT_RESOURCE


def test_the_reading_role_can_change_nothing(resources):
    look = roles(resources)["PortalRead"]["Policies"][0]["PolicyDocument"]["Statement"]
    actions = {action for s in look for action in listed(s["Action"])}
    assert {a for a in actions if not a.partition(":")[2].startswith(READING)} == set()


def test_the_roles_may_do_exactly_what_the_gateways_ask(resources):
    granted = {action for s in allowed(resources) for action in listed(s["Action"])}
    assert granted - ENTERING == set(gateway_actions())


def test_no_role_is_entered_without_external_id_and_somebodys_name(resources):
    trusts = [
        s for r in roles(resources).values() for s in r["AssumeRolePolicyDocument"]["Statement"]
    ]
    conditions = {str(trust["Condition"]) for trust in trusts}
    wanted = {
        "StringEquals": {"sts:ExternalId": "ExternalId"},
        "Null": {"sts:SourceIdentity": "false"},
    }
    assert conditions == {str(wanted)}


def test_roles_can_be_entered_by_the_named_principal_only(resources):
    trusts = [
        s for r in roles(resources).values() for s in r["AssumeRolePolicyDocument"]["Statement"]
    ]
    assert [trust["Principal"] for trust in trusts] == [{"AWS": "PortalPrincipalArn"}] * 2


def test_nobody_is_given_access_to_the_management_account(resources):
    denied = [s for s in statements(resources) if s["Effect"] == "Deny"]
    assert [(s["Action"], s["Resource"]) for s in denied] == [
        (
            "sso:CreateAccountAssignment",
            "arn:${AWS::Partition}:sso:::account/${AWS::AccountId}",
        )
    ]


def test_entering_members_stays_inside_the_organisation(resources):
    entering = [s for s in allowed(resources) if "sts:AssumeRole" in listed(s["Action"])]
    assert [s["Condition"] for s in entering] == [
        {"StringEquals": {"aws:ResourceOrgID": "OrganizationId"}}
    ]


def test_roles_are_named_as_a_connection_expects_them(resources):
    names = {properties["RoleName"] for properties in roles(resources).values()}
    expected = {Connection._meta.get_field(f).default for f in ("read_role", "operate_role")}
    assert names == expected


def test_baselines_and_budgets_of_the_portal_have_the_names_the_role_may_touch():
    parameters = yaml.load(TEMPLATE.read_text(), Loader=Intrinsics)["Parameters"]  # noqa: S506
    request = AccountRequest(account_id="111122223333")
    assert baseline.STACK_SET.startswith(parameters["StackSetPrefix"]["Default"])
    assert budget_name(request).startswith(parameters["BudgetPrefix"]["Default"])
