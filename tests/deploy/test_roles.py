"""The IAM roles that are delivered: valid, narrow, and the same names as in the portal."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from portal.aws.models import Connection

TEMPLATE = Path(__file__).parents[2] / "deploy" / "portal-roles.yaml"
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
    yield resources["PortalLook"]["Properties"]["PolicyDocument"]
    for role in roles(resources).values():
        yield from (policy["PolicyDocument"] for policy in role.get("Policies", []))


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
    look = resources["PortalLook"]["Properties"]["PolicyDocument"]["Statement"]
    actions = {action for s in look for action in listed(s["Action"])}
    assert {a for a in actions if not a.partition(":")[2].startswith(READING)} == set()
    assert "Policies" not in roles(resources)["PortalRead"]


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
