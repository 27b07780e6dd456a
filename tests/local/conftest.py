"""A local AWS with one new organisation for each test, and a clock that tests move by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from portal.local.aws import LocalAws
from portal.local.aws.world import Settings

MANAGEMENT = "100000000001"
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(scope="session")
def cloud_server() -> Iterator[LocalAws]:
    with LocalAws() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bare_cloud(cloud_server: LocalAws, clock: Clock) -> Iterator[LocalAws]:
    """Nothing in it; every duration as in production of the demo."""
    cloud_server.world.clock = clock
    cloud_server.reset()
    cloud_server.settings(**Settings(create_seconds=3.0).describe())
    yield cloud_server
    cloud_server.no_faults()


@pytest.fixture
def client_for(bare_cloud: LocalAws) -> Callable[..., Any]:
    """A boto3 client of this account's root user: one attempt, no retries, unless told."""

    def make(service: str, account: str = MANAGEMENT, config: Config = ONCE, **rest: Any) -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "x"} | rest
        return boto3.client(
            service, endpoint_url=bare_cloud.url, region_name="us-east-1", config=config, **keys
        )

    return make


@pytest.fixture
def cloud(bare_cloud: LocalAws, client_for: Callable[..., Any]) -> LocalAws:
    """An organisation of one account, the management account."""
    client_for("organizations").create_organization(FeatureSet="ALL")
    bare_cloud.clear_ledger()
    bare_cloud.clear_calls()
    return bare_cloud


@pytest.fixture
def organizations(cloud: LocalAws, client_for: Callable[..., Any]) -> Any:
    return client_for("organizations")


@pytest.fixture
def root_id(organizations: Any) -> str:
    found: str = organizations.list_roots()["Roots"][0]["Id"]
    return found


@pytest.fixture
def new_account(organizations: Any, clock: Clock) -> Callable[..., str]:
    """Creates an account, waits for it, and gives its id."""

    def make(name: str, **rest: Any) -> str:
        asked = organizations.create_account(
            AccountName=name, Email=f"{name}@hoshizora.example", **rest
        )
        clock.move(5)
        status = organizations.describe_create_account_status(
            CreateAccountRequestId=asked["CreateAccountStatus"]["Id"]
        )
        found: str = status["CreateAccountStatus"]["AccountId"]
        return found

    return make


@pytest.fixture
def refusal() -> Callable[..., dict[str, Any]]:
    """Code, Reason and status of the error that a call raises."""

    def of(call: Callable[..., Any], **ask: Any) -> dict[str, Any]:
        with pytest.raises(Exception, match="An error occurred") as caught:
            call(**ask)
        response = caught.value.response
        return {
            "code": response["Error"]["Code"],
            "reason": response.get("Reason"),
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
        }

    return of
