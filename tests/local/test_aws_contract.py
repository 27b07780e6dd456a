"""Every answer of every handler of ours fits the shape that botocore's service model gives it.

One tour asks each operation once over HTTP; the answers are caught before they are written,
because parsers drop silently what they do not know.
"""

import json

import pytest

from portal.local.aws import front
from portal.local.aws.calls import HANDLERS
from portal.local.aws.checks import compiled
from portal.local.aws.protocols import operation_of
from portal.local.demo_data import ACCOUNT_BY_NAME, MANAGEMENT_ID

NOT_EMULATED = {
    ("cloudformation", name)
    for name in (
        "DetectStackSetDrift",
        "ImportStacksToStackSet",
        "ListStackInstanceResourceDrifts",
    )
}
SCP = "SERVICE_CONTROL_POLICY"
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
TEMPLATE = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
SHOP = ACCOUNT_BY_NAME["web-shop-production"].id
AUDIT = ACCOUNT_BY_NAME["audit"].id
PYTHON_TYPES = {
    "string": str,
    "character": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
    "structure": dict,
    "map": dict,
    "list": list,
}


def misfits(shape, value, path="answer"):
    """What in this value the shape does not allow."""
    if not isinstance(value, PYTHON_TYPES[shape.type_name]):
        return [f"{path} is {value!r}, not a {shape.type_name}"]
    if shape.type_name == "structure":
        return _misfits_of_structure(shape, value, path)
    if shape.type_name == "list":
        return [
            found
            for index, item in enumerate(value)
            for found in misfits(shape.member, item, f"{path}[{index}]")
        ]
    if shape.type_name == "map":
        return [
            found for key in value for found in misfits(shape.value, value[key], f"{path}.{key}")
        ]
    return _misfits_of_string(shape, value, path) if shape.type_name == "string" else []


def _misfits_of_structure(shape, value, path):
    unknown = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
    missing = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
    inner = [
        found
        for name, member in shape.members.items()
        if name in value
        for found in misfits(member, value[name], f"{path}.{name}")
    ]
    return unknown + missing + inner


def _misfits_of_string(shape, value, path):
    allowed = getattr(shape, "enum", [])
    if allowed and value not in allowed:
        return [f"{path} is {value!r}, not one of {allowed}"]
    pattern = compiled(shape.metadata.get("pattern", ".*"))
    if pattern and not pattern.match(value):
        return [f"{path} is {value!r}, not like {pattern.pattern}"]
    return []


class Tour:
    """Asks and remembers."""

    def __init__(self, server, clock, client_for):
        self.server = server
        self.clock = clock
        self.client_for = client_for
        self.answers = {}

    def remember(self, service, operation, protocol, answer, request_id):
        self.answers.setdefault((service, operation), []).append(answer)
        return self.serialise(service, operation, protocol, answer, request_id)

    def wait(self):
        self.clock.move(10)


@pytest.fixture
def tour(bare_cloud, clock, client_for, monkeypatch):
    bare_cloud.reset("demo")
    guide = Tour(bare_cloud, clock, client_for)
    guide.serialise = front.serialise
    monkeypatch.setattr(front, "serialise", guide.remember)
    return guide


def visit_organizations(tour):
    organizations = tour.client_for("organizations")
    fresh = tour.client_for("organizations", account="300000000001")
    fresh.create_organization(FeatureSet="ALL")
    fresh.delete_organization()
    organizations.describe_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    tags = [{"Key": "team", "Value": "x"}]
    created = organizations.create_account(Email="n@hoshizora.example", AccountName="n", Tags=tags)
    tour.wait()
    status = organizations.describe_create_account_status(
        CreateAccountRequestId=created["CreateAccountStatus"]["Id"]
    )
    new = status["CreateAccountStatus"]["AccountId"]
    organizations.list_create_account_status()
    organizations.list_accounts()
    organizations.describe_account(AccountId=new)
    unit = organizations.create_organizational_unit(ParentId=root, Name="New", Tags=tags)
    unit_id = unit["OrganizationalUnit"]["Id"]
    organizations.update_organizational_unit(OrganizationalUnitId=unit_id, Name="Newer")
    organizations.describe_organizational_unit(OrganizationalUnitId=unit_id)
    organizations.list_organizational_units_for_parent(ParentId=root)
    organizations.move_account(AccountId=new, SourceParentId=root, DestinationParentId=unit_id)
    organizations.list_accounts_for_parent(ParentId=unit_id)
    organizations.list_children(ParentId=unit_id, ChildType="ACCOUNT")
    organizations.list_parents(ChildId=new)
    organizations.tag_resource(ResourceId=unit_id, Tags=tags)
    organizations.list_tags_for_resource(ResourceId=unit_id)
    organizations.untag_resource(ResourceId=unit_id, TagKeys=["team"])
    visit_policies(organizations, root, unit_id)
    visit_delegation(organizations)
    tour.clock.move(5 * 86_400)
    organizations.remove_account_from_organization(AccountId=new)
    organizations.delete_organizational_unit(OrganizationalUnitId=unit_id)
    organizations.close_account(AccountId=SHOP)


def visit_policies(organizations, root, unit_id):
    policy = organizations.create_policy(Name="p", Description="", Type=SCP, Content=DENY)
    policy_id = policy["Policy"]["PolicySummary"]["Id"]
    organizations.update_policy(PolicyId=policy_id, Description="d")
    organizations.describe_policy(PolicyId=policy_id)
    organizations.list_policies(Filter=SCP)
    organizations.attach_policy(PolicyId=policy_id, TargetId=unit_id)
    organizations.list_policies_for_target(TargetId=unit_id, Filter=SCP)
    organizations.list_targets_for_policy(PolicyId=policy_id)
    organizations.detach_policy(PolicyId=policy_id, TargetId=unit_id)
    organizations.delete_policy(PolicyId=policy_id)
    organizations.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    organizations.disable_policy_type(RootId=root, PolicyType="TAG_POLICY")


def visit_delegation(organizations):
    principal = "inspector2.amazonaws.com"
    keys = {"AccountId": AUDIT, "ServicePrincipal": principal}
    organizations.enable_aws_service_access(ServicePrincipal=principal)
    organizations.list_aws_service_access_for_organization()
    organizations.register_delegated_administrator(**keys)
    organizations.list_delegated_administrators()
    organizations.list_delegated_services_for_account(AccountId=AUDIT)
    organizations.deregister_delegated_administrator(**keys)
    organizations.disable_aws_service_access(ServicePrincipal=principal)


def visit_sts(tour):
    sts = tour.client_for("sts")
    answer = sts.assume_role(
        RoleArn=f"arn:aws:iam::{AUDIT}:role/OrganizationAccountAccessRole",
        RoleSessionName="tour",
        SourceIdentity="tour",
    )
    sts.get_access_key_info(AccessKeyId=answer["Credentials"]["AccessKeyId"])
    sts.get_caller_identity()


def visit_stacksets(tour):
    cloudformation = tour.client_for("cloudformation")
    root = tour.client_for("organizations").list_roots()["Roots"][0]["Id"]
    name = {"StackSetName": "tour"}
    place = {
        "DeploymentTargets": {"OrganizationalUnitIds": [root]},
        "Regions": ["us-east-1"],
    }
    cloudformation.deactivate_organizations_access()
    cloudformation.activate_organizations_access()
    cloudformation.describe_organizations_access()
    cloudformation.create_stack_set(
        TemplateBody=TEMPLATE,
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
        Parameters=[{"ParameterKey": "a", "ParameterValue": "b"}],
        Tags=[{"Key": "a", "Value": "b"}],
        **name,
    )
    cloudformation.list_stack_sets()
    started = cloudformation.create_stack_instances(
        OperationPreferences={"MaxConcurrentCount": 5, "FailureToleranceCount": 4}, **name, **place
    )
    cloudformation.stop_stack_set_operation(OperationId=started["OperationId"], **name)
    cloudformation.update_stack_set(UsePreviousTemplate=True, **name)
    tour.wait()
    started = cloudformation.update_stack_instances(
        ParameterOverrides=[{"ParameterKey": "a", "ParameterValue": "c"}], **name, **place
    )
    tour.wait()
    cloudformation.describe_stack_set(**name)
    cloudformation.describe_stack_set_operation(OperationId=started["OperationId"], **name)
    cloudformation.list_stack_set_operations(**name)
    cloudformation.list_stack_set_operation_results(OperationId=started["OperationId"], **name)
    cloudformation.list_stack_instances(**name)
    cloudformation.describe_stack_instance(
        StackInstanceAccount=AUDIT, StackInstanceRegion="us-east-1", **name
    )
    cloudformation.list_stack_set_auto_deployment_targets(**name)
    cloudformation.delete_stack_instances(RetainStacks=True, **name, **place)
    tour.wait()
    cloudformation.delete_stack_set(**name)


def visit_identity_centre(tour):
    sso = tour.client_for("sso-admin")
    tour.client_for("sso-admin", account="200000000001").create_instance(Name="other")
    found = sso.list_instances()["Instances"][0]
    arn = {"InstanceArn": found["InstanceArn"]}
    sso.describe_instance(**arn)
    created = sso.create_permission_set(
        Name="Tour", Description="d", RelayState="https://x.example", **arn
    )
    keys = {**arn, "PermissionSetArn": created["PermissionSet"]["PermissionSetArn"]}
    visit_permission_set(sso, arn, keys)
    group = tour.client_for("identitystore").list_groups(IdentityStoreId=found["IdentityStoreId"])[
        "Groups"
    ][0]["GroupId"]
    visit_assignments(tour, sso, arn, keys, group)
    sso.delete_permission_set(**keys)


def visit_permission_set(sso, arn, keys):
    policy = {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    reference = {"CustomerManagedPolicyReference": {"Name": "own", "Path": "/"}}
    tagged = {**arn, "ResourceArn": keys["PermissionSetArn"]}
    sso.update_permission_set(SessionDuration="PT2H", **keys)
    sso.describe_permission_set(**keys)
    sso.list_permission_sets(**arn)
    sso.put_inline_policy_to_permission_set(InlinePolicy="{}", **keys)
    sso.get_inline_policy_for_permission_set(**keys)
    sso.delete_inline_policy_from_permission_set(**keys)
    sso.attach_managed_policy_to_permission_set(**policy, **keys)
    sso.list_managed_policies_in_permission_set(**keys)
    sso.detach_managed_policy_from_permission_set(**policy, **keys)
    sso.attach_customer_managed_policy_reference_to_permission_set(**reference, **keys)
    sso.list_customer_managed_policy_references_in_permission_set(**keys)
    sso.detach_customer_managed_policy_reference_from_permission_set(**reference, **keys)
    sso.put_permissions_boundary_to_permission_set(PermissionsBoundary=policy, **keys)
    sso.get_permissions_boundary_for_permission_set(**keys)
    sso.delete_permissions_boundary_from_permission_set(**keys)
    sso.tag_resource(Tags=[{"Key": "a", "Value": "b"}], **tagged)
    sso.list_tags_for_resource(**tagged)
    sso.untag_resource(TagKeys=["a"], **tagged)


def visit_assignments(tour, sso, arn, keys, group):
    principal = {"PrincipalType": "GROUP", "PrincipalId": group}
    target = {"TargetId": AUDIT, "TargetType": "AWS_ACCOUNT"}
    made = sso.create_account_assignment(**keys, **principal, **target)
    tour.wait()
    sso.describe_account_assignment_creation_status(
        AccountAssignmentCreationRequestId=made["AccountAssignmentCreationStatus"]["RequestId"],
        **arn,
    )
    sso.list_account_assignment_creation_status(**arn)
    sso.list_account_assignments(AccountId=AUDIT, **keys)
    sso.list_account_assignments_for_principal(**arn, **principal)
    sso.list_permission_sets_provisioned_to_account(AccountId=AUDIT, **arn)
    sso.list_accounts_for_provisioned_permission_set(**keys)
    made = sso.provision_permission_set(**keys, **target)
    sso.describe_permission_set_provisioning_status(
        ProvisionPermissionSetRequestId=made["PermissionSetProvisioningStatus"]["RequestId"],
        **arn,
    )
    sso.list_permission_set_provisioning_status(**arn)
    made = sso.delete_account_assignment(**keys, **principal, **target)
    tour.wait()
    sso.describe_account_assignment_deletion_status(
        AccountAssignmentDeletionRequestId=made["AccountAssignmentDeletionStatus"]["RequestId"],
        **arn,
    )
    sso.list_account_assignment_deletion_status(**arn)


def visit_identity_store(tour):
    store = tour.client_for("identitystore")
    instance = tour.client_for("sso-admin").list_instances()["Instances"][0]
    store_id = {"IdentityStoreId": instance["IdentityStoreId"]}
    user = {"UserId": store.create_user(UserName="tour", DisplayName="T", **store_id)["UserId"]}
    group = {"GroupId": store.create_group(DisplayName="tour", **store_id)["GroupId"]}
    title = [{"AttributePath": "title", "AttributeValue": "Guide"}]
    about = [{"AttributePath": "description", "AttributeValue": "d"}]
    store.update_user(Operations=title, **user, **store_id)
    store.describe_user(**user, **store_id)
    store.list_users(**store_id)
    store.update_group(Operations=about, **group, **store_id)
    store.describe_group(**group, **store_id)
    store.list_groups(**store_id)
    store.get_user_id(AlternateIdentifier=unique("userName"), **store_id)
    store.get_group_id(AlternateIdentifier=unique("displayName"), **store_id)
    member = {"MemberId": user}
    made = store.create_group_membership(**member, **group, **store_id)
    membership = {"MembershipId": made["MembershipId"]}
    store.describe_group_membership(**membership, **store_id)
    store.get_group_membership_id(**member, **group, **store_id)
    store.list_group_memberships(**group, **store_id)
    store.list_group_memberships_for_member(**member, **store_id)
    store.is_member_in_groups(GroupIds=[group["GroupId"]], **member, **store_id)
    store.delete_group_membership(**membership, **store_id)
    store.delete_group(**group, **store_id)
    store.delete_user(**user, **store_id)


def unique(attribute):
    return {"UniqueAttribute": {"AttributePath": attribute, "AttributeValue": "tour"}}


def visit_budgets(tour):
    budgets = tour.client_for("budgets")
    account = {"AccountId": MANAGEMENT_ID}
    budget = {
        "BudgetName": "tour",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "1", "Unit": "USD"},
    }
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": 80.0,
    }
    subscriber = {"SubscriptionType": "EMAIL", "Address": "a@hoshizora.example"}
    other = subscriber | {"Address": "b@hoshizora.example"}
    third = subscriber | {"Address": "c@hoshizora.example"}
    one = {**account, "BudgetName": "tour"}
    noted = {**one, "Notification": notification}
    budgets.create_budget(Budget=budget, **account)
    budgets.update_budget(NewBudget=budget, **account)
    budgets.describe_budgets(**account)
    budgets.describe_budget(**one)
    budgets.create_notification(Subscribers=[subscriber], **noted)
    budgets.create_subscriber(Subscriber=other, **noted)
    budgets.update_subscriber(OldSubscriber=other, NewSubscriber=third, **noted)
    budgets.describe_subscribers_for_notification(**noted)
    budgets.delete_subscriber(Subscriber=third, **noted)
    budgets.describe_notifications_for_budget(**one)
    budgets.describe_budget_notifications_for_account(**account)
    budgets.update_notification(
        OldNotification=notification, NewNotification=notification | {"Threshold": 90.0}, **one
    )
    budgets.delete_notification(**(noted | {"Notification": notification | {"Threshold": 90.0}}))
    budgets.delete_budget(**one)


def visit_account(tour):
    account = tour.client_for("account")
    contact = {"AccountId": SHOP, "AlternateContactType": "BILLING"}
    account.put_alternate_contact(
        Name="N", Title="T", EmailAddress="a@b.example", PhoneNumber="+81 3", **contact
    )
    account.get_alternate_contact(**contact)
    account.delete_alternate_contact(**contact)
    account.get_account_information(AccountId=SHOP)
    account.get_primary_email(AccountId=SHOP)
    account.put_account_name(AccountId=SHOP, AccountName="shop")


def visit_tagging(tour):
    tagging = tour.client_for("resourcegroupstaggingapi")
    tagging.get_resources(ResourceTypeFilters=["organizations:account", "organizations:ou"])


def walk(tour):
    visit_sts(tour)
    visit_tagging(tour)
    visit_account(tour)
    visit_budgets(tour)
    visit_identity_store(tour)
    visit_identity_centre(tour)
    visit_stacksets(tour)
    visit_organizations(tour)


def test_every_handler_answers_in_the_shape_of_its_model(tour):
    walk(tour)
    found = {
        f"{service}:{operation} {number}": misfits(
            operation_of(service, operation).output_shape, answer
        )
        for (service, operation), answers in tour.answers.items()
        for number, answer in enumerate(answers)
        if operation_of(service, operation).output_shape
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert set(HANDLERS) - NOT_EMULATED - set(tour.answers) == set()


def test_answers_are_what_a_client_reads(tour):
    account = tour.client_for("organizations").describe_account(AccountId=SHOP)["Account"]
    operation = tour.client_for("sts").get_caller_identity()
    assert (account["Name"], account["State"]) == ("web-shop-production", "ACTIVE")
    assert account["JoinedTimestamp"].year == 2022
    assert operation["Account"] == MANAGEMENT_ID
