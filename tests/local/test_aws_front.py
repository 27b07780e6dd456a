"""The front of the local AWS: sessions, faults, ledger, what is not emulated, snapshots."""

import socket
import threading
import time
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from portal.local.aws import LocalAwsProcess
from portal.local.aws.cbor import decode, encode
from portal.local.demo_data import EXTERNAL_ID, MANAGEMENT_ID

PATIENT = Config(retries={"total_max_attempts": 3, "mode": "standard"})
ROLE = f"arn:aws:iam::{MANAGEMENT_ID}:role/PortalOperate"


@pytest.fixture
def demo(bare_cloud):
    bare_cloud.reset("demo")
    return bare_cloud


@pytest.fixture
def home_sts(demo, client_for):
    """STS for the portal's own credentials."""
    return client_for("sts", account="test")


def enter(sts, role_arn, **rest):
    answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="portal", **rest)
    keys = answer["Credentials"]
    return {
        "account": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def test_role_needs_the_external_id(home_sts, refusal):
    wrong = refusal(
        home_sts.assume_role, RoleArn=ROLE, RoleSessionName="portal", ExternalId="guessed"
    )
    without = refusal(home_sts.assume_role, RoleArn=ROLE, RoleSessionName="portal")
    assert (wrong["code"], wrong["status"]) == ("AccessDenied", 403)
    assert without["code"] == "AccessDenied"


@pytest.mark.parametrize(
    "role_arn",
    [
        "arn:aws:iam::999999999999:role/OrganizationAccountAccessRole",
        f"arn:aws:iam::{MANAGEMENT_ID}:role/NoSuchRole",
        "arn:aws:iam::537918206443:role/OrganizationAccountAccessRole",
    ],
    ids=["no such account", "no such role", "closed account"],
)
def test_role_that_cannot_be_entered_is_denied(home_sts, client_for, refusal, role_arn):
    management = client_for("sts", **enter(home_sts, ROLE, ExternalId=EXTERNAL_ID))
    found = refusal(management.assume_role, RoleArn=role_arn, RoleSessionName="portal")
    assert found["code"] == "AccessDenied"


def test_member_role_trusts_the_management_account_only(home_sts, client_for, refusal):
    member = "arn:aws:iam::418203957264:role/OrganizationAccountAccessRole"
    direct = refusal(home_sts.assume_role, RoleArn=member, RoleSessionName="portal")
    management = client_for("sts", **enter(home_sts, ROLE, ExternalId=EXTERNAL_ID))
    chained = client_for("sts", **enter(management, member))
    assert direct["code"] == "AccessDenied"
    assert chained.get_caller_identity()["Account"] == "418203957264"


def test_source_identity_stays_along_the_chain(demo, home_sts, client_for, refusal):
    keys = enter(home_sts, ROLE, ExternalId=EXTERNAL_ID, SourceIdentity="haruka.sato")
    member = "arn:aws:iam::418203957264:role/OrganizationAccountAccessRole"
    management = client_for("sts", **keys)
    inside = enter(management, member)
    client_for("iam", **inside).create_user(UserName="u")
    changed = refusal(
        management.assume_role, RoleArn=member, RoleSessionName="portal", SourceIdentity="other"
    )
    assert demo.ledger("CreateUser")[0]["source_identity"] == "haruka.sato"
    assert changed["code"] == "AccessDenied"


def test_chained_session_is_an_hour_at_most(home_sts, client_for, refusal):
    management = client_for("sts", **enter(home_sts, ROLE, ExternalId=EXTERNAL_ID))
    found = refusal(
        management.assume_role,
        RoleArn="arn:aws:iam::418203957264:role/OrganizationAccountAccessRole",
        RoleSessionName="portal",
        DurationSeconds=7200,
    )
    assert found["code"] == "ValidationError"


def test_session_ends_when_its_time_is_over(home_sts, client_for, clock, refusal):
    keys = enter(home_sts, ROLE, ExternalId=EXTERNAL_ID, DurationSeconds=900)
    organizations = client_for("organizations", **keys)
    organizations.list_roots()
    clock.move(901)
    assert refusal(organizations.list_roots)["code"] == "ExpiredTokenException"


def test_reading_role_changes_nothing(demo, home_sts, client_for, refusal):
    keys = enter(home_sts, ROLE.replace("PortalOperate", "PortalRead"), ExternalId=EXTERNAL_ID)
    organizations = client_for("organizations", **keys)
    found = refusal(organizations.create_account, AccountName="x", Email="x@hoshizora.example")
    assert found["code"] == "AccessDeniedException"
    assert len(organizations.list_accounts()["Accounts"]) == 20


def test_new_account_may_refuse_its_first_use(cloud, new_account, client_for, clock, refusal):
    cloud.settings(first_use_seconds=60)
    role_arn = f"arn:aws:iam::{new_account('shop')}:role/OrganizationAccountAccessRole"
    sts = client_for("sts")
    early = refusal(sts.assume_role, RoleArn=role_arn, RoleSessionName="portal")
    clock.move(61)
    assert early["code"] == "AccessDenied"
    assert sts.assume_role(RoleArn=role_arn, RoleSessionName="portal")["Credentials"]


def test_accounts_have_iam_of_their_own(demo, client_for):
    client_for("iam", account="418203957264").create_user(UserName="only-here")
    elsewhere = client_for("iam", account="730164829513").list_users()["Users"]
    roles = client_for("iam", account="418203957264").list_roles()["Roles"]
    assert elsewhere == []
    assert "OrganizationAccountAccessRole" in [role["RoleName"] for role in roles]


@pytest.mark.parametrize(
    ("service", "operation", "ask"),
    [
        (
            "ce",
            "get_cost_forecast",
            {
                "TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
                "Metric": "BLENDED_COST",
                "Granularity": "MONTHLY",
            },
        ),
        ("organizations", "list_handshakes_for_organization", {}),
        ("sts", "decode_authorization_message", {"EncodedMessage": "x"}),
        ("guardduty", "list_findings", {"DetectorId": "x"}),
        ("ec2", "describe_ipams", {}),
        ("accessanalyzer", "list_analyzers", {}),
        ("cloudformation", "detect_stack_set_drift", {"StackSetName": "x"}),
    ],
    ids=["json", "json ours", "query", "rest-json", "ec2", "no backend", "query ours"],
)
def test_what_is_not_emulated_says_so_and_is_not_retried(
    cloud, client_for, refusal, service, operation, ask
):
    client = client_for(service, config=PATIENT)
    found = refusal(getattr(client, operation), **ask)
    assert (found["code"], found["status"]) == ("NotEmulated", 400)
    assert sum(cloud.calls().values()) == 1


def test_crash_of_moto_is_told_apart(cloud, client_for, refusal, monkeypatch):
    monkeypatch.setattr(
        "moto.sqs.responses.SQSResponse.list_queues", lambda self: {}["a bug of moto"]
    )
    found = refusal(client_for("sqs").list_queues)
    assert (found["code"], found["status"]) == ("InternalFailure", 500)


def test_lost_response_did_the_work(cloud, organizations, clock):
    cloud.fault("lost_response", operation="CreateAccount", times=1)
    with pytest.raises(ConnectionClosedError):
        organizations.create_account(AccountName="shop", Email="shop@hoshizora.example")
    clock.move(5)
    assert [a["name"] for a in cloud.accounts()] == ["Management", "shop"]
    assert cloud.ledger("CreateAccount")[0]["is_response_dropped"] is True


def test_lost_500_did_the_work(cloud, organizations, clock, refusal):
    cloud.fault("lost_500", operation="CreateAccount", times=1)
    found = refusal(
        organizations.create_account, AccountName="shop", Email="shop@hoshizora.example"
    )
    clock.move(5)
    organizations.list_roots()
    assert found["status"] == 500
    assert len(cloud.accounts()) == 2


def test_client_that_retries_asks_for_the_account_twice(cloud, client_for):
    cloud.fault("lost_response", operation="CreateAccount", times=1)
    client_for("organizations", config=PATIENT).create_account(
        AccountName="shop", Email="shop@hoshizora.example"
    )
    assert [entry["outcome"] for entry in cloud.ledger("CreateAccount")] == ["done", "done"]


def test_throttled_client_comes_through_by_retrying(cloud, client_for):
    cloud.fault("throttle", service="organizations", operation="List*", times=2)
    assert client_for("organizations", config=PATIENT).list_roots()["Roots"]
    assert cloud.calls() == {"organizations:ListRoots": 3}


@pytest.mark.parametrize(
    ("kind", "rest", "code"),
    [
        ("throttle", {}, "TooManyRequestsException"),
        ("access_denied", {}, "AccessDeniedException"),
        ("expired_token", {}, "ExpiredTokenException"),
        ("error", {"code": "ConcurrentModificationException"}, "ConcurrentModificationException"),
        ("error", {"code": "ServiceException", "status": 500}, "ServiceException"),
    ],
)
def test_fault_replaces_the_work(cloud, organizations, refusal, kind, rest, code):
    cloud.fault(kind, operation="CreateAccount", times=1, **rest)
    ask = {"AccountName": "shop", "Email": "shop@hoshizora.example"}
    assert refusal(organizations.create_account, **ask)["code"] == code
    assert cloud.ledger("CreateAccount")[0]["outcome"] == code
    assert organizations.create_account(**ask)["CreateAccountStatus"]["State"] == "IN_PROGRESS"


def test_fault_can_be_meant_for_one_account(demo, home_sts, client_for, refusal):
    demo.fault("access_denied", operation="AssumeRole", account="418203957264")
    management = client_for("sts", **enter(home_sts, ROLE, ExternalId=EXTERNAL_ID))
    role = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"
    found = refusal(
        management.assume_role, RoleArn=role.format("418203957264"), RoleSessionName="portal"
    )
    assert found["code"] == "AccessDenied"
    assert enter(management, role.format("730164829513"))


def test_third_page_can_fail(cloud, organizations):
    cloud.reset("scale", accounts=100, ous=5)
    cloud.fault("error", operation="ListAccounts", code="ServiceException", skip=2, times=1)
    seen = []
    with pytest.raises(ClientError):
        seen.extend(organizations.get_paginator("list_accounts").paginate())
    assert cloud.calls()["organizations:ListAccounts"] == 3


def test_empty_page_leads_on_to_the_rest(cloud, organizations):
    cloud.reset("scale", accounts=50, ous=5)
    cloud.fault("empty_page", operation="ListAccounts", skip=1, times=1)
    pages = list(organizations.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 0, 20, 10]


def test_paging_can_be_cut_short(cloud, organizations):
    cloud.reset("scale", accounts=50, ous=5)
    cloud.fault("stop_paging", operation="ListAccounts", times=1)
    pages = list(organizations.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20]


def test_latency_holds_up_only_the_calls_it_names(cloud, organizations):
    cloud.fault("latency", operation="ListRoots", seconds=0.2, times=1)
    started = time.monotonic()
    organizations.describe_organization()
    quick = time.monotonic() - started
    organizations.list_roots()
    assert quick < 0.2 <= time.monotonic() - started


def test_rates_of_aws_are_enforced_on_demand(cloud, organizations, refusal, clock):
    cloud.settings(enforce_rates=True)
    organizations.list_roots()
    organizations.list_roots()
    assert refusal(organizations.list_roots)["code"] == "TooManyRequestsException"
    clock.move(1)
    assert organizations.list_roots()["Roots"]


def test_ledger_tells_who_changed_what(demo, home_sts, client_for):
    keys = enter(home_sts, ROLE, ExternalId=EXTERNAL_ID, SourceIdentity="haruka.sato")
    organizations = client_for("organizations", **keys)
    organizations.list_roots()
    organizations.tag_resource(ResourceId="418203957264", Tags=[{"Key": "checked", "Value": "yes"}])
    (entry,) = demo.ledger()
    assert entry["operation"] == "TagResource"
    assert entry["params"]["ResourceId"] == "418203957264"
    assert entry["session"] == "portal"
    assert entry["source_identity"] == "haruka.sato"
    assert entry["role_arn"] == ROLE
    assert "Boto3" in entry["user_agent"]


def test_ledger_keeps_changes_that_moto_made(cloud, client_for, refusal):
    iam = client_for("iam")
    iam.create_user(UserName="u")
    refusal(iam.create_user, UserName="u")
    iam.list_users()
    outcomes = [(entry["operation"], entry["outcome"]) for entry in cloud.ledger()]
    assert outcomes[0] == ("CreateUser", "done")
    assert outcomes[1][1] != "done"
    assert len(outcomes) == 2


def test_every_call_is_counted_until_the_counts_are_cleared(cloud, organizations):
    organizations.list_roots()
    organizations.list_roots()
    counted = cloud.calls()
    cloud.clear_calls()
    assert counted == {"organizations:ListRoots": 2}
    assert cloud.calls() == {}


def test_unknown_setting_and_unknown_fault_are_refused(cloud):
    with pytest.raises(ValueError, match="unknown setting"):
        cloud.settings(no_such_setting=1)
    with pytest.raises(ValueError, match="kind must be one of"):
        cloud.fault("no-such-kind")


def test_connection_is_kept_for_the_next_request(cloud):
    request = b"GET /_local/health HTTP/1.1\r\nHost: x\r\n\r\n"
    port = int(cloud.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        first = connection.recv(4096)
        connection.sendall(request)
        second = connection.recv(4096)
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")


def test_chunked_body_is_read_whole(cloud, client_for):
    s3 = client_for("s3", config=Config(s3={"addressing_style": "path"}))
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x" * 100_000, ChecksumAlgorithm="CRC32")
    assert len(s3.get_object(Bucket="bucket", Key="k")["Body"].read()) == 100_000


def test_service_that_speaks_cbor_reaches_moto(cloud, client_for):
    cloudwatch = client_for("cloudwatch")
    cloudwatch.put_metric_data(
        Namespace="portal", MetricData=[{"MetricName": "runs", "Value": 1.5, "Unit": "Count"}]
    )
    found = cloudwatch.list_metrics(Namespace="portal")["Metrics"]
    assert [metric["MetricName"] for metric in found] == ["runs"]


@pytest.mark.parametrize(
    "value",
    [0, 23, 24, -1, -500, 70_000, 2**40, 1.5, "日本", b"x" * 300, True, None, [1, [2]], {"a": {}}],
)
def test_cbor_comes_back_as_it_went(value):
    assert decode(encode(value)) == value


def test_cbor_that_is_cut_short_is_refused():
    with pytest.raises(ValueError, match="truncated"):
        decode(encode({"key": [1, 2, 3]})[:-1])


def test_parallel_creations_never_pass_the_limit(cloud, client_for):
    outcomes = []

    def ask(number):
        try:
            client_for("organizations").create_account(
                AccountName=f"shop-{number}", Email=f"shop-{number}@hoshizora.example"
            )
            outcomes.append("done")
        except ClientError as error:
            outcomes.append(error.response["Reason"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert outcomes.count("done") == 5
    assert outcomes.count("ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED") == 7


@pytest.mark.timeout(60)
def test_killed_process_comes_back_with_its_state(tmp_path):
    with LocalAwsProcess(tmp_path, seed="demo", create_seconds=0.1) as process:

        def client(service, **keys):
            keys = keys or {"aws_access_key_id": MANAGEMENT_ID, "aws_secret_access_key": "x"}
            return boto3.client(service, endpoint_url=process.url, region_name="us-east-1", **keys)

        keys = client("sts", aws_access_key_id="test", aws_secret_access_key="x").assume_role(
            RoleArn=ROLE, RoleSessionName="portal", ExternalId=EXTERNAL_ID
        )["Credentials"]
        session = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        client("organizations", **session).create_account(
            AccountName="shop", Email="shop@hoshizora.example"
        )
        client("iam", **session).create_user(UserName="kept")
        client("sqs", **session).create_queue(QueueName="kept")
        time.sleep(2)
        process.kill()
        process.start()
        users = client("iam", **session).list_users()["Users"]
        queues = client("sqs", **session).list_queues()["QueueUrls"]
        assert [user["UserName"] for user in users] == ["kept"]
        assert len(queues) == 1
        assert "shop" in [account["name"] for account in process.accounts()]
        operations = [entry["operation"] for entry in process.ledger()]
        assert operations == ["CreateAccount", "CreateUser", "CreateQueue"]


def test_door_that_does_not_exist_names_those_that_do(cloud):
    with pytest.raises(ValueError, match="GET ledger"):
        cloud.local("GET", "nothing")


def test_server_listens_on_this_machine_only(cloud):
    with urllib.request.urlopen(f"{cloud.url}/_local/health") as response:
        assert response.status == 200
    assert cloud.server.server_address[0] == "127.0.0.1"


@pytest.mark.timeout(60)
def test_process_that_is_asked_to_end_saves_what_it_just_did(tmp_path):
    process = LocalAwsProcess(tmp_path, seed="empty").start()
    process.settings(create_seconds=7.0)
    process.stop()
    with process:
        assert process.local("GET", "settings")["create_seconds"] == 7.0
