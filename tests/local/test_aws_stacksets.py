"""Stack sets of the local AWS: operations take time, one at a time, account by account."""

import json

import pytest

TEMPLATE = json.dumps(
    {
        "Resources": {
            "Version": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": "/baseline", "Type": "String", "Value": "1"},
            }
        }
    }
)
REGION = "us-east-1"
PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com"


@pytest.fixture
def cloudformation(organizations, client_for):
    organizations.enable_aws_service_access(ServicePrincipal=PRINCIPAL)
    return client_for("cloudformation")


@pytest.fixture
def ou_id(organizations, root_id):
    answer = organizations.create_organizational_unit(ParentId=root_id, Name="Workloads")
    return answer["OrganizationalUnit"]["Id"]


@pytest.fixture
def members(organizations, new_account, root_id, ou_id):
    """Two accounts in the OU."""

    def make(name):
        account_id = new_account(name)
        organizations.move_account(
            AccountId=account_id, SourceParentId=root_id, DestinationParentId=ou_id
        )
        return account_id

    return make("shop"), make("bank")


@pytest.fixture
def baseline(cloudformation):
    cloudformation.create_stack_set(
        StackSetName="baseline",
        TemplateBody=TEMPLATE,
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
    )
    return "baseline"


def deploy(cloudformation, ou_id, accounts=(), kind="NONE", regions=(REGION,), **rest):
    targets = {"OrganizationalUnitIds": [ou_id], "AccountFilterType": kind}
    targets |= {"Accounts": list(accounts)} if accounts else {}
    answer = cloudformation.create_stack_instances(
        StackSetName="baseline", DeploymentTargets=targets, Regions=list(regions), **rest
    )
    return answer["OperationId"]


def instances(cloudformation, **filters):
    pages = cloudformation.get_paginator("list_stack_instances").paginate(
        StackSetName="baseline", **filters
    )
    return {one["Account"]: one["Status"] for page in pages for one in page["Summaries"]}


def operation(cloudformation, operation_id):
    answer = cloudformation.describe_stack_set_operation(
        StackSetName="baseline", OperationId=operation_id
    )
    return answer["StackSetOperation"]["Status"]


def results(cloudformation, operation_id):
    answer = cloudformation.list_stack_set_operation_results(
        StackSetName="baseline", OperationId=operation_id
    )
    return {one["Account"]: one["Status"] for one in answer["Summaries"]}


def test_operation_runs_before_it_succeeds(cloudformation, baseline, members, ou_id, clock):
    operation_id = deploy(cloudformation, ou_id)
    before = operation(cloudformation, operation_id), instances(cloudformation)
    clock.move(5)
    assert before == ("RUNNING", dict.fromkeys(members, "OUTDATED"))
    assert operation(cloudformation, operation_id) == "SUCCEEDED"
    assert instances(cloudformation) == dict.fromkeys(members, "CURRENT")


def test_stack_really_stands_in_the_member_account(
    cloudformation, baseline, members, ou_id, clock, client_for
):
    deploy(cloudformation, ou_id)
    clock.move(5)
    cloudformation.list_stack_sets()
    parameter = client_for("ssm", account=members[0]).get_parameter(Name="/baseline")
    assert parameter["Parameter"]["Value"] == "1"


def test_updated_template_reaches_the_member_account(
    cloudformation, baseline, members, ou_id, clock, client_for
):
    deploy(cloudformation, ou_id)
    clock.move(5)
    cloudformation.update_stack_set(
        StackSetName="baseline", TemplateBody=TEMPLATE.replace('"1"', '"2"')
    )
    outdated = instances(cloudformation)
    clock.move(5)
    assert outdated == dict.fromkeys(members, "OUTDATED")
    assert instances(cloudformation) == dict.fromkeys(members, "CURRENT")
    parameter = client_for("ssm", account=members[0]).get_parameter(Name="/baseline")
    assert parameter["Parameter"]["Value"] == "2"


def test_operation_id_is_good_for_one_operation(
    cloudformation, baseline, members, ou_id, clock, refusal
):
    deploy(cloudformation, ou_id, OperationId="one")
    clock.move(5)
    again = refusal(
        cloudformation.create_stack_instances,
        StackSetName="baseline",
        DeploymentTargets={"OrganizationalUnitIds": [ou_id]},
        Regions=[REGION],
        OperationId="one",
    )
    assert (again["code"], again["status"]) == ("OperationIdAlreadyExistsException", 409)


def test_second_operation_at_once_is_refused(cloudformation, baseline, members, ou_id, refusal):
    deploy(cloudformation, ou_id)
    found = refusal(cloudformation.update_stack_set, StackSetName="baseline", TemplateBody=TEMPLATE)
    assert (found["code"], found["status"]) == ("OperationInProgressException", 409)


def test_managed_execution_queues_the_second_operation(
    cloudformation, baseline, members, ou_id, clock
):
    cloudformation.update_stack_set(
        StackSetName="baseline", UsePreviousTemplate=True, ManagedExecution={"Active": True}
    )
    second = deploy(cloudformation, ou_id)
    queued = operation(cloudformation, second)
    clock.move(3)
    assert (queued, operation(cloudformation, second)) == ("QUEUED", "RUNNING")
    clock.move(3)
    assert operation(cloudformation, second) == "SUCCEEDED"


def test_name_is_taken_once(cloudformation, baseline, refusal):
    found = refusal(cloudformation.create_stack_set, StackSetName="baseline", TemplateBody=TEMPLATE)
    assert found["code"] == "NameAlreadyExistsException"


def test_failure_stops_what_follows(cloud, cloudformation, baseline, members, ou_id, clock):
    cloud.fault("failure_reason", service="cloudformation", account=members[0], code="no quota")
    operation_id = deploy(cloudformation, ou_id)
    clock.move(5)
    assert operation(cloudformation, operation_id) == "FAILED"
    assert results(cloudformation, operation_id) == {
        members[0]: "FAILED",
        members[1]: "CANCELLED",
    }
    assert instances(cloudformation) == dict.fromkeys(members, "OUTDATED")


def test_operation_within_tolerance_succeeds_although_one_failed(
    cloud, cloudformation, baseline, members, ou_id, clock
):
    cloud.fault("failure_reason", service="cloudformation", account=members[0], code="no quota")
    operation_id = deploy(cloudformation, ou_id, OperationPreferences={"FailureToleranceCount": 1})
    clock.move(5)
    assert operation(cloudformation, operation_id) == "SUCCEEDED"
    assert instances(cloudformation) == {members[0]: "OUTDATED", members[1]: "CURRENT"}


def test_instances_can_be_filtered(cloud, cloudformation, baseline, members, ou_id, clock):
    cloud.fault("failure_reason", service="cloudformation", account=members[0], code="no quota")
    deploy(cloudformation, ou_id, OperationPreferences={"FailureToleranceCount": 1})
    clock.move(5)
    failed = instances(cloudformation, Filters=[{"Name": "DETAILED_STATUS", "Values": "FAILED"}])
    named = instances(cloudformation, StackInstanceAccount=members[1])
    assert list(failed) == [members[0]]
    assert list(named) == [members[1]]


@pytest.mark.parametrize(
    ("kind", "expected"), [("INTERSECTION", {0}), ("DIFFERENCE", {1}), ("UNION", {0, 1, 2})]
)
def test_account_filter(
    cloudformation, baseline, members, ou_id, new_account, clock, kind, expected
):
    outside = new_account("outside")
    accounts = [members[0]] + [outside] * (kind == "UNION")
    deploy(cloudformation, ou_id, accounts, kind)
    found = set(instances(cloudformation))
    assert found == {(*members, outside)[index] for index in expected}


def test_management_account_is_never_a_target(cloudformation, baseline, members, root_id):
    deploy(cloudformation, root_id)
    assert set(instances(cloudformation)) == set(members)


def test_account_that_comes_gets_the_stack_and_loses_it_when_it_goes(
    cloudformation, baseline, members, ou_id, root_id, clock, organizations, new_account
):
    deploy(cloudformation, ou_id)
    clock.move(5)
    late = new_account("late")
    organizations.move_account(AccountId=late, SourceParentId=root_id, DestinationParentId=ou_id)
    clock.move(5)
    assert instances(cloudformation)[late] == "CURRENT"
    organizations.move_account(AccountId=late, SourceParentId=ou_id, DestinationParentId=root_id)
    clock.move(5)
    assert late not in instances(cloudformation)


def test_suspended_account_is_skipped(
    cloudformation, baseline, members, ou_id, clock, organizations
):
    organizations.close_account(AccountId=members[0])
    clock.move(5)
    deploy(cloudformation, ou_id)
    clock.move(5)
    answer = cloudformation.describe_stack_instance(
        StackSetName="baseline", StackInstanceAccount=members[0], StackInstanceRegion=REGION
    )
    status = answer["StackInstance"]["StackInstanceStatus"]["DetailedStatus"]
    assert status == "SKIPPED_SUSPENDED_ACCOUNT"


def test_stack_set_with_instances_cannot_be_deleted(
    cloudformation, baseline, members, ou_id, clock, refusal
):
    deploy(cloudformation, ou_id)
    clock.move(5)
    found = refusal(cloudformation.delete_stack_set, StackSetName="baseline")
    cloudformation.delete_stack_instances(
        StackSetName="baseline",
        DeploymentTargets={"OrganizationalUnitIds": [ou_id]},
        Regions=[REGION],
        RetainStacks=False,
    )
    clock.move(5)
    assert found["code"] == "StackSetNotEmptyException"
    cloudformation.delete_stack_set(StackSetName="baseline")
    assert cloudformation.list_stack_sets()["Summaries"] == []


def test_stopped_operation_leaves_instances_outdated(
    cloudformation, baseline, members, ou_id, clock
):
    operation_id = deploy(cloudformation, ou_id)
    cloudformation.stop_stack_set_operation(StackSetName="baseline", OperationId=operation_id)
    clock.move(5)
    assert operation(cloudformation, operation_id) == "STOPPED"
    assert instances(cloudformation) == dict.fromkeys(members, "OUTDATED")


def test_service_managed_needs_trusted_access(organizations, client_for, refusal):
    found = refusal(
        client_for("cloudformation").create_stack_set,
        StackSetName="baseline",
        TemplateBody=TEMPLATE,
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": True},
    )
    assert found["code"] == "ValidationError"


def test_delegated_administrator_works_on_the_same_stack_sets(
    cloudformation, baseline, members, organizations, client_for
):
    organizations.register_delegated_administrator(AccountId=members[0], ServicePrincipal=PRINCIPAL)
    delegated = client_for("cloudformation", account=members[0])
    found = delegated.list_stack_sets(CallAs="DELEGATED_ADMIN")["Summaries"]
    assert [one["StackSetName"] for one in found] == ["baseline"]


def test_unknown_stack_set_is_not_found(cloudformation, refusal):
    found = refusal(cloudformation.describe_stack_set, StackSetName="nothing")
    assert (found["code"], found["status"]) == ("StackSetNotFoundException", 404)
