"""Token buckets: AWS's published rates, shared by all processes; slower when Redis is away."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from portal.aws import rates

NAMES = iter(f"bucket-{n}" for n in range(1000))


@pytest.fixture
def account(settings, monkeypatch) -> str:
    """An account with full buckets, in a portal that keeps to the rates."""
    aws = settings.PORTAL.aws.model_copy(update={"rates": True})
    settings.PORTAL = settings.PORTAL.model_copy(update={"aws": aws})
    monkeypatch.setattr(rates, "_local", {})
    return f"{next(NAMES)}-{time.time()}"


@pytest.fixture
def no_redis(monkeypatch) -> None:
    def refuse():
        raise redis.ConnectionError

    monkeypatch.setattr(rates, "_redis", refuse)


def ask(account: str, operation: str, *, patience: float = 0.0, service="organizations") -> float:
    return rates.wait_for_turn(account, service, operation, patience=patience)


def test_a_burst_passes_and_the_next_waits_as_long_as_aws_says(account):
    waits = [ask(account, "CreateAccount") for _call in range(4)]
    assert waits[:3] == [0, 0, 0]
    assert 9 < waits[3] <= 10


def test_what_had_to_wait_took_nothing(account):
    first = [ask(account, "CreateAccount") for _call in range(6)]
    assert first[5] <= first[3]


def test_tokens_come_back_at_the_published_rate(account):
    full = [ask(account, "ListCreateAccountStatus") for _call in range(8)]
    assert set(full) == {0}
    time.sleep(0.45)  # 5 a second: two are back
    assert [bool(ask(account, "ListCreateAccountStatus")) for _call in range(3)] == [
        False, False, True,
    ]  # fmt: skip


def test_whoever_has_patience_waits_for_the_turn(account):
    for _call in range(8):
        ask(account, "ListCreateAccountStatus")
    begun = time.monotonic()
    assert ask(account, "ListCreateAccountStatus", patience=2) == 0
    assert time.monotonic() - begun > 0.1


def test_accounts_and_operations_have_buckets_of_their_own(account):
    for _call in range(3):
        ask(account, "CreateAccount")
    assert ask(account, "MoveAccount") == ask(f"{account}-other", "CreateAccount") == 0


def test_all_of_identity_center_drinks_from_one_bucket(account):
    for number in range(20):
        ask(account, f"List{number}", service="sso-admin")
    assert ask(account, "CreateAccountAssignment", service="sso-admin") > 0


def test_threads_together_get_no_more_than_the_burst(account):
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _n: ask(account, "CreateAccount"), range(24)))
    assert waits.count(0) == 3


def test_an_operation_without_a_published_rate_is_not_held_back(account):
    assert {ask(account, "DescribeStackSet", service="cloudformation") for _n in range(50)} == {0}


def test_nothing_is_held_back_when_the_rates_are_off(account, settings):
    aws = settings.PORTAL.aws.model_copy(update={"rates": False})
    settings.PORTAL = settings.PORTAL.model_copy(update={"aws": aws})
    assert {ask(account, "CreateAccount") for _n in range(10)} == {0}


@pytest.mark.parametrize("operation", ["CreateAccount", "ListAccounts"])
def test_without_redis_a_process_is_slower_than_aws_allows(account, no_redis, operation):
    rate, _burst = rates.RATES[f"organizations:{operation}"]
    assert ask(account, operation) == 0
    assert ask(account, operation) > 10 / rate


def test_without_redis_threads_share_one_turn(account, no_redis):
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _n: ask(account, "CreateAccount"), range(16)))
    assert waits.count(0) == 1
