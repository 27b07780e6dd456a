"""AWS Organizations of the local AWS, where it must be as strict as AWS is."""

import json

import pytest

DENY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
)
SCP = "SERVICE_CONTROL_POLICY"


def create(organizations, name, email=None, **rest):
    answer = organizations.create_account(
        AccountName=name, Email=email or f"{name}@hoshizora.example", **rest
    )
    return answer["CreateAccountStatus"]


def status(organizations, creation):
    answer = organizations.describe_create_account_status(CreateAccountRequestId=creation["Id"])
    return answer["CreateAccountStatus"]


def names(organizations):
    pages = organizations.get_paginator("list_accounts").paginate()
    return [account["Name"] for page in pages for account in page["Accounts"]]


def policy(organizations, name, content=DENY):
    answer = organizations.create_policy(Name=name, Content=content, Description="", Type=SCP)
    return answer["Policy"]["PolicySummary"]["Id"]


def test_new_account_is_in_no_list_before_it_succeeded(organizations, clock):
    creation = create(organizations, "shop")
    before = names(organizations)
    clock.move(3.1)
    assert creation["State"] == "IN_PROGRESS"
    assert creation["Id"].startswith("car-")
    assert before == ["Management"]
    assert status(organizations, creation)["State"] == "SUCCEEDED"
    assert names(organizations) == ["Management", "shop"]


def test_new_account_sits_in_the_root_with_its_tags_and_its_path(
    organizations, new_account, root_id
):
    account_id = new_account("shop", Tags=[{"Key": "portal:request-id", "Value": "7"}])
    account = organizations.describe_account(AccountId=account_id)["Account"]
    tags = organizations.list_tags_for_resource(ResourceId=account_id)["Tags"]
    assert tags == [{"Key": "portal:request-id", "Value": "7"}]
    assert account["State"] == account["Status"] == "ACTIVE"
    assert account["Paths"][0].split("/")[1:] == [root_id, account_id, ""]
    parents = organizations.list_parents(ChildId=account_id)["Parents"]
    assert parents == [{"Id": root_id, "Type": "ROOT"}]


def test_status_can_be_left_out_as_aws_does_since_its_retirement(cloud, organizations):
    cloud.settings(omit_status=True)
    assert "Status" not in organizations.list_accounts()["Accounts"][0]


def test_email_that_was_ever_used_fails_later_not_at_once(organizations, new_account, clock):
    new_account("shop")
    creation = create(organizations, "other", "SHOP@hoshizora.example")
    clock.move(5)
    assert creation["State"] == "IN_PROGRESS"
    assert status(organizations, creation)["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_email_of_another_organisation_is_taken_too(organizations, new_account, client_for, clock):
    new_account("shop")
    other = client_for("organizations", account="200000000001")
    other.create_organization(FeatureSet="ALL")
    creation = create(other, "shop")
    clock.move(5)
    assert status(other, creation)["FailureReason"] == "EMAIL_ALREADY_EXISTS"


def test_same_request_twice_at_once_makes_one_account(organizations, clock):
    first, second = create(organizations, "shop"), create(organizations, "shop")
    clock.move(5)
    assert status(organizations, first)["State"] == "SUCCEEDED"
    assert status(organizations, second)["FailureReason"] == "CONCURRENT_ACCOUNT_MODIFICATION"
    assert names(organizations) == ["Management", "shop"]


def test_malformed_email_fails_later(organizations, clock):
    creation = create(organizations, "shop", "a(b@hoshizora.example")
    clock.move(5)
    assert status(organizations, creation)["FailureReason"] == "INVALID_EMAIL"


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        ({"Email": "no-at-sign", "AccountName": "x"}, "INVALID_PATTERN"),
        ({"Email": "a@b.example", "AccountName": "日本"}, "INVALID_PATTERN"),
        ({"Email": "a@b.example", "AccountName": "n" * 51}, "MAX_LENGTH_EXCEEDED"),
        (
            {"Email": "a@b.example", "AccountName": "x", "RoleName": "AWSServiceRoleForX"},
            "INVALID_ROLE_NAME",
        ),
        (
            {
                "Email": "a@b.example",
                "AccountName": "x",
                "Tags": [{"Key": "aws:x", "Value": "1"}],
            },
            "INVALID_SYSTEM_TAGS_PARAMETER",
        ),
    ],
)
def test_bad_parameters_are_refused_at_once(organizations, refusal, ask, reason):
    found = refusal(organizations.create_account, **ask)
    assert (found["code"], found["reason"]) == ("InvalidInputException", reason)


def test_sixth_creation_in_progress_is_refused(organizations, refusal, clock):
    [create(organizations, f"shop-{number}") for number in range(5)]
    found = refusal(organizations.create_account, AccountName="x", Email="x@hoshizora.example")
    clock.move(5)
    assert found["code"] == "ConstraintViolationException"
    assert found["reason"] == "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"
    assert create(organizations, "x")["State"] == "IN_PROGRESS"


def test_account_limit_counts_what_is_in_progress(cloud, organizations, refusal):
    cloud.settings(account_limit=2)
    create(organizations, "shop")
    found = refusal(organizations.create_account, AccountName="x", Email="x@hoshizora.example")
    assert found["reason"] == "ACCOUNT_NUMBER_LIMIT_EXCEEDED"


def test_unknown_creation_has_its_own_error(organizations, refusal):
    found = refusal(
        organizations.describe_create_account_status, CreateAccountRequestId="car-12345678"
    )
    assert found["code"] == "CreateAccountStatusNotFoundException"


@pytest.mark.parametrize("reason", ["ACCOUNT_LIMIT_EXCEEDED", "INTERNAL_FAILURE", "SOMETHING_NEW"])
def test_failure_reason_on_demand(cloud, organizations, clock, reason):
    cloud.fault("failure_reason", operation="CreateAccount", code=reason, times=1)
    creation = create(organizations, "shop")
    clock.move(5)
    assert status(organizations, creation)["FailureReason"] == reason
    assert names(organizations) == ["Management"]


def test_creations_are_listed_newest_first_page_by_page(organizations, cloud, clock):
    cloud.settings(creations_in_progress=100)
    [create(organizations, f"shop-{number:02}") for number in range(45)]
    clock.move(5)
    create(organizations, "latest")
    pages = list(organizations.get_paginator("list_create_account_status").paginate())
    found = [one["AccountName"] for page in pages for one in page["CreateAccountStatuses"]]
    assert len(pages) == 3
    assert found[:2] == ["latest", "shop-44"]
    assert len(set(found)) == 46


def test_filter_of_creations_is_applied_within_pages(organizations, cloud, clock):
    cloud.settings(creations_in_progress=100)
    oldest = create(organizations, "oldest", "a(b@hoshizora.example")
    [create(organizations, f"shop-{number:02}") for number in range(20)]
    clock.move(5)
    first = organizations.list_create_account_status(States=["FAILED"])
    assert first["CreateAccountStatuses"] == []
    last = organizations.list_create_account_status(States=["FAILED"], NextToken=first["NextToken"])
    assert [one["Id"] for one in last["CreateAccountStatuses"]] == [oldest["Id"]]


def test_accounts_come_twenty_to_a_page_and_once_each(cloud, organizations):
    cloud.reset("scale", accounts=101, ous=10)
    pages = list(organizations.get_paginator("list_accounts").paginate())
    ids = [account["Id"] for page in pages for account in page["Accounts"]]
    assert [len(page["Accounts"]) for page in pages] == [20, 20, 20, 20, 20, 1]
    assert len(set(ids)) == 101


def test_max_results_is_kept_to(cloud, organizations):
    cloud.reset("scale", accounts=30, ous=2)
    answer = organizations.list_accounts(MaxResults=7)
    assert len(answer["Accounts"]) == 7
    assert "NextToken" in answer


@pytest.mark.parametrize("token", ["nonsense", "bm90IGpzb24="])
def test_token_that_was_never_given_is_refused(organizations, refusal, token):
    found = refusal(organizations.list_accounts, NextToken=token)
    assert (found["code"], found["reason"]) == ("InvalidInputException", "INVALID_NEXT_TOKEN")


def test_token_of_another_operation_is_refused(cloud, organizations, refusal):
    cloud.reset("scale", accounts=30, ous=2)
    token = organizations.list_accounts()["NextToken"]
    found = refusal(organizations.list_create_account_status, NextToken=token)
    assert found["reason"] == "INVALID_NEXT_TOKEN"


@pytest.fixture
def units(organizations, root_id):
    """Two OUs below the root."""

    def make(name):
        answer = organizations.create_organizational_unit(ParentId=root_id, Name=name)
        return answer["OrganizationalUnit"]["Id"]

    return make("Workloads"), make("Sandbox")


def move(organizations, account_id, source, target):
    organizations.move_account(
        AccountId=account_id, SourceParentId=source, DestinationParentId=target
    )


def test_moved_account_is_where_it_was_moved_to(organizations, new_account, root_id, units):
    account_id = new_account("shop")
    move(organizations, account_id, root_id, units[0])
    found = organizations.list_accounts_for_parent(ParentId=units[0])["Accounts"]
    assert [account["Id"] for account in found] == [account_id]
    assert found[0]["Paths"][0].split("/")[2] == units[0]


def test_every_way_to_move_wrongly_has_its_own_error(
    organizations, new_account, root_id, units, refusal
):
    account_id = new_account("shop")

    def code(account, source, target):
        return refusal(
            organizations.move_account,
            AccountId=account,
            SourceParentId=source,
            DestinationParentId=target,
        )["code"]

    nowhere = f"{units[0][:-8]}00000000"
    assert code(account_id, units[0], units[1]) == "SourceParentNotFoundException"
    assert code(account_id, nowhere, units[1]) == "SourceParentNotFoundException"
    assert code(account_id, root_id, nowhere) == "DestinationParentNotFoundException"
    assert code(account_id, root_id, root_id) == "DuplicateAccountException"
    assert code("999999999999", root_id, units[0]) == "AccountNotFoundException"


def test_ou_names_are_unique_among_siblings_only(organizations, root_id, units, refusal):
    found = refusal(organizations.create_organizational_unit, ParentId=root_id, Name="Workloads")
    below = organizations.create_organizational_unit(ParentId=units[0], Name="Workloads")
    assert found["code"] == "DuplicateOrganizationalUnitException"
    assert below["OrganizationalUnit"]["Path"].count("ou-") == 2


def test_sixth_level_of_ous_is_refused(organizations, root_id, refusal):
    parent = root_id
    for name in "abcde":
        answer = organizations.create_organizational_unit(ParentId=parent, Name=name)
        parent = answer["OrganizationalUnit"]["Id"]
    found = refusal(organizations.create_organizational_unit, ParentId=parent, Name="f")
    assert found["reason"] == "OU_DEPTH_LIMIT_EXCEEDED"


def test_ou_with_an_account_in_it_cannot_be_deleted(
    organizations, new_account, root_id, units, refusal
):
    account_id = new_account("shop")
    move(organizations, account_id, root_id, units[0])
    found = refusal(organizations.delete_organizational_unit, OrganizationalUnitId=units[0])
    assert found["code"] == "OrganizationalUnitNotEmptyException"
    organizations.delete_organizational_unit(OrganizationalUnitId=units[1])


def test_parent_that_does_not_exist_is_refused(organizations, units, refusal):
    nowhere = f"{units[0][:-8]}00000000"
    found = refusal(organizations.create_organizational_unit, ParentId=nowhere, Name="x")
    assert found["code"] == "ParentNotFoundException"


def test_closing_takes_time_and_ends_in_suspended(organizations, new_account, clock, refusal):
    account_id = new_account("shop")
    organizations.close_account(AccountId=account_id)
    pending = organizations.describe_account(AccountId=account_id)["Account"]["State"]
    clock.move(5)
    closed = organizations.describe_account(AccountId=account_id)["Account"]["State"]
    assert (pending, closed) == ("PENDING_CLOSURE", "SUSPENDED")
    found = refusal(organizations.close_account, AccountId=account_id)
    assert found["code"] == "AccountAlreadyClosedException"


def test_management_account_cannot_be_closed(organizations, refusal):
    found = refusal(organizations.close_account, AccountId="100000000001")
    assert found["reason"] == "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"


def test_fourth_closure_at_once_is_refused(organizations, new_account, refusal):
    accounts = [new_account(f"shop-{number}") for number in range(4)]
    [organizations.close_account(AccountId=account_id) for account_id in accounts[:3]]
    found = refusal(organizations.close_account, AccountId=accounts[3])
    assert found["reason"] == "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"


def test_monthly_quota_of_closures_is_kept(cloud, organizations, new_account, clock, refusal):
    cloud.settings(closures_per_month=1)
    first, second = new_account("shop-1"), new_account("shop-2")
    organizations.close_account(AccountId=first)
    clock.move(60)
    found = refusal(organizations.close_account, AccountId=second)
    assert found["reason"] == "CLOSE_ACCOUNT_QUOTA_EXCEEDED"
    clock.move(31 * 86_400)
    organizations.close_account(AccountId=second)


def test_scp_over_10240_characters_is_refused(organizations, refusal):
    padding = 10_240 - len(DENY)
    fits = policy(organizations, "fits", DENY + " " * padding)
    found = refusal(
        organizations.create_policy,
        Name="too-long",
        Description="",
        Type=SCP,
        Content=DENY + " " * (padding + 1),
    )
    assert fits.startswith("p-")
    assert found["reason"] == "POLICY_CONTENT_LIMIT_EXCEEDED"


@pytest.mark.parametrize("content", ["{", "[]", '{"Statement": [{"Effect": "Maybe"}]}'])
def test_malformed_scp_is_refused(organizations, refusal, content):
    found = refusal(
        organizations.create_policy, Name="bad", Description="", Type=SCP, Content=content
    )
    assert found["code"] == "MalformedPolicyDocumentException"


def test_eleventh_scp_on_one_target_is_refused(organizations, units, refusal):
    ids = [policy(organizations, f"scp-{number}") for number in range(10)]
    [organizations.attach_policy(PolicyId=one, TargetId=units[0]) for one in ids[:9]]
    found = refusal(organizations.attach_policy, PolicyId=ids[9], TargetId=units[0])
    assert found["reason"] == "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"


def test_last_scp_of_a_target_stays(organizations, units, refusal):
    found = refusal(organizations.detach_policy, PolicyId="p-FullAWSAccess", TargetId=units[0])
    assert found["reason"] == "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"


def test_attaching_twice_and_detaching_what_is_not_attached_are_errors(
    organizations, units, refusal
):
    one = policy(organizations, "deny")
    organizations.attach_policy(PolicyId=one, TargetId=units[0])
    again = refusal(organizations.attach_policy, PolicyId=one, TargetId=units[0])
    never = refusal(organizations.detach_policy, PolicyId=one, TargetId=units[1])
    in_use = refusal(organizations.delete_policy, PolicyId=one)
    assert again["code"] == "DuplicatePolicyAttachmentException"
    assert never["code"] == "PolicyNotAttachedException"
    assert in_use["code"] == "PolicyInUseException"


def test_policy_type_must_be_enabled_first(organizations, root_id, refusal):
    ask = {"Name": "t", "Description": "", "Content": "{}", "Type": "BACKUP_POLICY"}
    found = refusal(organizations.create_policy, **ask)
    organizations.enable_policy_type(RootId=root_id, PolicyType="BACKUP_POLICY")
    assert found["code"] == "PolicyTypeNotEnabledException"
    assert organizations.create_policy(**ask)["Policy"]["PolicySummary"]["Name"] == "t"


def test_enabling_rcps_attaches_the_one_that_cannot_be_detached(organizations, root_id, refusal):
    kind = "RESOURCE_CONTROL_POLICY"
    organizations.enable_policy_type(RootId=root_id, PolicyType=kind)
    found = organizations.list_policies_for_target(TargetId=root_id, Filter=kind)["Policies"]
    assert [one["Name"] for one in found] == ["RCPFullAWSAccess"]
    detached = refusal(organizations.detach_policy, PolicyId=found[0]["Id"], TargetId=root_id)
    assert detached["reason"] == "NON_DETACHABLE_POLICY"


def test_targets_of_a_policy_are_paged(organizations, cloud):
    cloud.reset("scale", accounts=10, ous=30)
    pages = list(
        organizations.get_paginator("list_targets_for_policy").paginate(PolicyId="p-FullAWSAccess")
    )
    assert [len(page["Targets"]) for page in pages] == [20, 20, 1]


@pytest.mark.parametrize(
    "service",
    [
        "securityhub",
        "config",
        "config-multiaccountsetup",
        "guardduty",
        "member.org.stacksets.cloudformation",
        "sso",
        "cloudtrail",
        "inspector2",
        "ipam",
        "detective",
        "account",
        "access-analyzer",
        "macie",
    ],
)
def test_service_can_be_delegated(organizations, new_account, service):
    account_id = new_account("audit")
    principal = f"{service}.amazonaws.com"
    organizations.enable_aws_service_access(ServicePrincipal=principal)
    organizations.register_delegated_administrator(AccountId=account_id, ServicePrincipal=principal)
    found = organizations.list_delegated_administrators(ServicePrincipal=principal)
    services = organizations.list_delegated_services_for_account(AccountId=account_id)
    assert [one["Id"] for one in found["DelegatedAdministrators"]] == [account_id]
    assert services["DelegatedServices"][0]["ServicePrincipal"] == principal


def test_delegating_without_trusted_access_is_refused(organizations, new_account, refusal):
    found = refusal(
        organizations.register_delegated_administrator,
        AccountId=new_account("audit"),
        ServicePrincipal="securityhub.amazonaws.com",
    )
    assert found["reason"] == "SERVICE_ACCESS_NOT_ENABLED"


def test_member_account_may_only_describe_its_organisation(
    organizations, new_account, client_for, refusal
):
    member = client_for("organizations", account=new_account("shop"))
    assert member.describe_organization()["Organization"]["MasterAccountId"] == "100000000001"
    assert refusal(member.list_accounts)["code"] == "AccessDeniedException"


def test_delegated_administrator_may_read_but_not_change(
    organizations, new_account, client_for, refusal
):
    account_id = new_account("audit")
    organizations.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    organizations.register_delegated_administrator(
        AccountId=account_id, ServicePrincipal="config.amazonaws.com"
    )
    audit = client_for("organizations", account=account_id)
    assert len(audit.list_accounts()["Accounts"]) == 2
    found = refusal(audit.create_account, AccountName="x", Email="x@hoshizora.example")
    assert found["code"] == "AccessDeniedException"


def test_without_an_organisation_everything_is_not_in_use(bare_cloud, client_for, refusal):
    organizations = client_for("organizations")
    code = "AWSOrganizationsNotInUseException"
    assert refusal(organizations.list_accounts)["code"] == code
    assert refusal(organizations.describe_organization)["code"] == code


def test_tags_have_a_limit_and_unique_keys(organizations, new_account, refusal):
    account_id = new_account("shop")
    many = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    twice = [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]
    too_many = refusal(organizations.tag_resource, ResourceId=account_id, Tags=many)
    doubled = refusal(organizations.tag_resource, ResourceId=account_id, Tags=twice)
    assert too_many["reason"] == "MAX_TAG_LIMIT_EXCEEDED"
    assert doubled["reason"] == "DUPLICATE_TAG_KEY"


def test_new_account_may_be_missing_from_lists_for_a_while(cloud, organizations, clock):
    cloud.settings(list_delay_seconds=30)
    creation = create(organizations, "shop")
    clock.move(5)
    assert status(organizations, creation)["State"] == "SUCCEEDED"
    assert names(organizations) == ["Management"]
    clock.move(30)
    assert names(organizations) == ["Management", "shop"]


def test_account_tags_come_a_hundred_to_a_page(cloud, client_for):
    cloud.reset("scale", accounts=150, ous=5)
    tagging = client_for("resourcegroupstaggingapi")
    pages = list(
        tagging.get_paginator("get_resources").paginate(
            ResourceTypeFilters=["organizations:account"]
        )
    )
    assert [len(page["ResourceTagMappingList"]) for page in pages] == [100, 49]
    assert pages[0]["ResourceTagMappingList"][0]["ResourceARN"].endswith("/500000000000")
