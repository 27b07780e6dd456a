"""Identity Center, budgets and alternate contacts of the local AWS."""

import pytest

from portal.local.demo_data import GROUPS, MANAGEMENT_ID, PEOPLE

ACCOUNT = "418203957264"
BUDGET = {
    "BudgetName": "team",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100", "Unit": "USD"},
}
NOTIFICATION = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80.0,
    "ThresholdType": "PERCENTAGE",
}
SUBSCRIBER = {"SubscriptionType": "EMAIL", "Address": "team@hoshizora.example"}


@pytest.fixture
def demo(bare_cloud):
    bare_cloud.reset("demo")
    return bare_cloud


@pytest.fixture
def sso(demo, client_for):
    return client_for("sso-admin")


@pytest.fixture
def store(demo, client_for):
    return client_for("identitystore")


@pytest.fixture
def instance(sso):
    return sso.list_instances()["Instances"][0]


@pytest.fixture
def permission_set(sso, instance):
    created = sso.create_permission_set(InstanceArn=instance["InstanceArn"], Name="Deploy")
    return created["PermissionSet"]["PermissionSetArn"]


@pytest.fixture
def group_id(store, instance):
    answer = store.create_group(IdentityStoreId=instance["IdentityStoreId"], DisplayName="new")
    return answer["GroupId"]


@pytest.fixture
def assignment(instance, permission_set, group_id):
    return {
        "InstanceArn": instance["InstanceArn"],
        "TargetId": ACCOUNT,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": permission_set,
        "PrincipalType": "GROUP",
        "PrincipalId": group_id,
    }


def assign(sso, assignment, **changes):
    answer = sso.create_account_assignment(**(assignment | changes))
    return answer["AccountAssignmentCreationStatus"]


def creation(sso, assignment, status):
    answer = sso.describe_account_assignment_creation_status(
        InstanceArn=assignment["InstanceArn"],
        AccountAssignmentCreationRequestId=status["RequestId"],
    )
    return answer["AccountAssignmentCreationStatus"]


def holders(sso, assignment):
    answer = sso.list_account_assignments(
        InstanceArn=assignment["InstanceArn"],
        AccountId=assignment["TargetId"],
        PermissionSetArn=assignment["PermissionSetArn"],
    )
    return [one["PrincipalId"] for one in answer["AccountAssignments"]]


def test_assignment_is_there_only_after_a_while(sso, assignment, group_id, clock):
    status = assign(sso, assignment)
    before = status["Status"], holders(sso, assignment)
    clock.move(5)
    assert before == ("IN_PROGRESS", [])
    assert creation(sso, assignment, status)["Status"] == "SUCCEEDED"
    assert holders(sso, assignment) == [group_id]


def test_assignment_can_be_made_again_and_taken_away(sso, assignment, clock):
    assign(sso, assignment)
    clock.move(5)
    again = assign(sso, assignment)
    clock.move(5)
    assert creation(sso, assignment, again)["Status"] == "SUCCEEDED"
    sso.delete_account_assignment(**assignment)
    clock.move(5)
    assert holders(sso, assignment) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"TargetId": "999999999999"},
        {"PrincipalId": "00000000-0000-0000-0000-000000000000"},
        {"TargetId": "537918206443"},
    ],
    ids=["unknown account", "unknown group", "closed account"],
)
def test_assignment_that_cannot_be_fails_later(sso, assignment, clock, changes):
    status = assign(sso, assignment, **changes)
    clock.move(5)
    found = creation(sso, assignment, status)
    assert found["Status"] == "FAILED"
    assert found["FailureReason"]


def test_unknown_permission_set_is_refused_at_once(sso, assignment, refusal):
    arn = assignment["PermissionSetArn"][:-4] + "0000"
    found = refusal(sso.create_account_assignment, **(assignment | {"PermissionSetArn": arn}))
    assert found["code"] == "ResourceNotFoundException"


def test_same_assignment_at_once_conflicts(sso, assignment, refusal):
    assign(sso, assignment)
    found = refusal(sso.create_account_assignment, **assignment)
    assert found["code"] == "ConflictException"


def test_conflict_on_demand(demo, sso, assignment, refusal):
    demo.fault("error", operation="CreateAccountAssignment", code="ConflictException", times=1)
    assert refusal(sso.create_account_assignment, **assignment)["code"] == "ConflictException"
    assert assign(sso, assignment)["Status"] == "IN_PROGRESS"


def test_failure_on_demand(demo, sso, assignment, clock):
    demo.fault("failure_reason", operation="CreateAccountAssignment", code="Try later", times=1)
    status = assign(sso, assignment)
    clock.move(5)
    assert creation(sso, assignment, status)["FailureReason"] == "Try later"


def test_assignments_of_an_account_are_paged(sso, store, instance, assignment, demo, clock):
    demo.settings(assignment_seconds=0)
    for number in range(25):
        group = store.create_group(
            IdentityStoreId=instance["IdentityStoreId"], DisplayName=f"group-{number}"
        )
        assign(sso, assignment, PrincipalId=group["GroupId"])
    pages = list(
        sso.get_paginator("list_account_assignments").paginate(
            InstanceArn=instance["InstanceArn"],
            AccountId=ACCOUNT,
            PermissionSetArn=assignment["PermissionSetArn"],
            PaginationConfig={"PageSize": 10},
        )
    )
    assert [len(page["AccountAssignments"]) for page in pages] == [10, 10, 5]


def test_assigned_permission_set_cannot_be_deleted(sso, assignment, clock, refusal):
    assign(sso, assignment)
    clock.move(5)
    keys = {key: assignment[key] for key in ("InstanceArn", "PermissionSetArn")}
    assert refusal(sso.delete_permission_set, **keys)["code"] == "ConflictException"


def test_changed_permission_set_waits_to_be_provisioned(sso, assignment, clock):
    keys = {key: assignment[key] for key in ("InstanceArn", "PermissionSetArn")}
    assign(sso, assignment)
    clock.move(5)
    sso.put_inline_policy_to_permission_set(InlinePolicy="{}", **keys)
    stale = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
    before = sso.list_accounts_for_provisioned_permission_set(**keys, **stale)["AccountIds"]
    sso.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **keys)
    clock.move(5)
    after = sso.list_accounts_for_provisioned_permission_set(**keys, **stale)["AccountIds"]
    assert (before, after) == ([ACCOUNT], [])


def test_member_account_sees_no_instance(demo, client_for, instance, refusal):
    member = client_for("sso-admin", account=ACCOUNT)
    assert member.list_instances()["Instances"] == []
    found = refusal(member.list_permission_sets, InstanceArn=instance["InstanceArn"])
    assert found["code"] == "AccessDeniedException"


def test_everybody_of_the_demo_has_a_user_and_groups(store, instance):
    store_id = instance["IdentityStoreId"]
    users = store.list_users(IdentityStoreId=store_id)["Users"]
    groups = store.list_groups(IdentityStoreId=store_id)["Groups"]
    assert {user["UserName"] for user in users} == {person.username for person in PEOPLE}
    assert {group["DisplayName"] for group in groups} == set(GROUPS)


def test_user_is_found_by_name_and_in_his_groups(store, instance):
    store_id = instance["IdentityStoreId"]
    user_id = store.get_user_id(
        IdentityStoreId=store_id,
        AlternateIdentifier={
            "UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "takumi.ito"}
        },
    )["UserId"]
    memberships = store.list_group_memberships_for_member(
        IdentityStoreId=store_id, MemberId={"UserId": user_id}
    )
    assert len(memberships["GroupMemberships"]) == 2


def test_user_gets_what_his_groups_have(sso, store, instance):
    user_id = store.list_users(
        IdentityStoreId=instance["IdentityStoreId"],
        Filters=[{"AttributePath": "UserName", "AttributeValue": "haruka.sato"}],
    )["Users"][0]["UserId"]
    found = sso.list_account_assignments_for_principal(
        InstanceArn=instance["InstanceArn"],
        PrincipalId=user_id,
        PrincipalType="USER",
        Filter={"AccountId": ACCOUNT},
    )["AccountAssignments"]
    assert [one["PrincipalType"] for one in found] == ["GROUP"]


def test_username_is_taken_once(store, instance, refusal):
    found = refusal(
        store.create_user,
        IdentityStoreId=instance["IdentityStoreId"],
        UserName="Takumi.Ito",
        DisplayName="x",
    )
    assert found["code"] == "ConflictException"


@pytest.fixture
def budgets(demo, client_for):
    client = client_for("budgets")
    client.create_budget(
        AccountId=MANAGEMENT_ID,
        Budget=BUDGET,
        NotificationsWithSubscribers=[{"Notification": NOTIFICATION, "Subscribers": [SUBSCRIBER]}],
    )
    return client


def test_budget_exists_once(budgets, refusal):
    again = refusal(budgets.create_budget, AccountId=MANAGEMENT_ID, Budget=BUDGET)
    budgets.delete_budget(AccountId=MANAGEMENT_ID, BudgetName="team")
    gone = refusal(budgets.describe_budget, AccountId=MANAGEMENT_ID, BudgetName="team")
    assert again["code"] == "DuplicateRecordException"
    assert gone["code"] == "NotFoundException"


def test_budgets_are_paged(budgets):
    pages = list(
        budgets.get_paginator("describe_budgets").paginate(
            AccountId=MANAGEMENT_ID, PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["Budgets"]) for page in pages] == [2, 1]


def test_updated_budget_keeps_its_notifications(budgets):
    changed = BUDGET | {"BudgetLimit": {"Amount": "250.5", "Unit": "USD"}}
    budgets.update_budget(AccountId=MANAGEMENT_ID, NewBudget=changed)
    keys = {"AccountId": MANAGEMENT_ID, "BudgetName": "team"}
    assert budgets.describe_budget(**keys)["Budget"]["BudgetLimit"]["Amount"] == "250.5"
    found = budgets.describe_notifications_for_budget(**keys)["Notifications"]
    assert [one["Threshold"] for one in found] == [80.0]


def test_subscriber_is_told_once(budgets, refusal):
    keys = {"AccountId": MANAGEMENT_ID, "BudgetName": "team", "Notification": NOTIFICATION}
    found = refusal(budgets.create_subscriber, Subscriber=SUBSCRIBER, **keys)
    assert found["code"] == "DuplicateRecordException"
    budgets.delete_subscriber(Subscriber=SUBSCRIBER, **keys)
    assert budgets.describe_subscribers_for_notification(**keys)["Subscribers"] == []


def test_budgets_of_another_account_are_denied(budgets, refusal):
    found = refusal(budgets.describe_budgets, AccountId=ACCOUNT)
    assert found["code"] == "AccessDeniedException"


def test_alternate_contact_is_put_read_and_deleted_from_the_management_account(
    demo, client_for, refusal
):
    account = client_for("account")
    keys = {"AccountId": ACCOUNT, "AlternateContactType": "BILLING"}
    missing = refusal(account.get_alternate_contact, **keys)
    account.put_alternate_contact(
        Name="Haruka Sato",
        Title="Lead",
        EmailAddress="haruka.sato@hoshizora.example",
        PhoneNumber="+81 3 0000 0000",
        **keys,
    )
    found = account.get_alternate_contact(**keys)["AlternateContact"]
    account.delete_alternate_contact(**keys)
    assert (missing["code"], missing["status"]) == ("ResourceNotFoundException", 404)
    assert found["Name"] == "Haruka Sato"
    assert refusal(account.get_alternate_contact, **keys) == missing


def test_contact_of_a_stranger_is_denied(demo, client_for, refusal):
    account = client_for("account", account="200000000001")
    found = refusal(
        account.get_alternate_contact, AccountId=ACCOUNT, AlternateContactType="SECURITY"
    )
    assert (found["code"], found["status"]) == ("AccessDeniedException", 403)
