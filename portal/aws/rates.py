"""Token buckets per (account, API), sized by AWS's published rates: the bucket is the queue.

They live in Redis, shared by all processes. When Redis can't be asked, each process keeps to a
share of its own: slower, never faster than AWS allows.
"""

import threading
import time
from functools import cache
from typing import Any

import redis
from django.conf import settings

# Requests per second and burst (Organizations quotas page; Identity Center: 20 for all APIs).
RATES: dict[str, tuple[float, float]] = {
    "organizations:CreateAccount": (0.1, 3),
    "organizations:DescribeCreateAccountStatus": (2, 2),
    "organizations:ListCreateAccountStatus": (5, 8),
    "organizations:MoveAccount": (2, 3),
    "organizations:CloseAccount": (0.05, 1),
    "organizations:ListAccounts": (8, 12),
    "organizations:DescribeAccount": (20, 30),
    "organizations:ListChildren": (6, 10),
    "organizations:ListParents": (5, 8),
    "organizations:ListAccountsForParent": (5, 8),
    "organizations:ListOrganizationalUnitsForParent": (5, 8),
    "organizations:ListRoots": (1, 2),
    "organizations:DescribeOrganization": (1, 2),
    "organizations:ListTagsForResource": (10, 15),
    "organizations:TagResource": (4, 6),
    "organizations:ListPolicies": (5, 8),
    "organizations:ListPoliciesForTarget": (5, 8),
    "sso-admin:*": (15, 20),
    "identitystore:*": (5, 10),
}

# Takes one token; answers how many milliseconds until one is there (0: taken).
TAKE = """
local now = redis.call('TIME'); local t = now[1] * 1000 + math.floor(now[2] / 1000)
local rate, burst = tonumber(ARGV[1]) / 1000, tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(kept[1]) or burst) + (t - (tonumber(kept[2]) or t)) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(t))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate) + 60000)
return wait
"""
LOCAL_SHARE = 0.05  # of the rate, for one process that can't ask Redis: 20 stay within it


@cache
def _redis() -> "redis.Redis[bytes]":
    return redis.Redis.from_url(settings.PORTAL.redis_url, socket_timeout=2)


_local: dict[str, float] = {}  # key → when this process may call again
_local_lock = threading.Lock()


def wait_for_turn(account_id: str, service: str, operation: str, *, patience: float) -> float:
    """Wait until the call may be sent. Returns 0, or the seconds still to wait when they are more
    than `patience` seconds (then nothing was taken and the caller must come back later)."""
    key, limit = _limit(service, operation)
    if limit is None or not settings.PORTAL.aws.rates:
        return 0
    deadline = time.monotonic() + patience
    while True:
        wait = _take(f"rate:{account_id}:{key}", *limit)
        if not wait:
            return 0
        if time.monotonic() + wait > deadline:
            return wait
        time.sleep(wait)


def _limit(service: str, operation: str) -> tuple[str, tuple[float, float] | None]:
    for key in (f"{service}:{operation}", f"{service}:*"):
        if key in RATES:
            return key, RATES[key]
    return "", None


def _take(key: str, rate: float, burst: float) -> float:
    try:
        answer: Any = _redis().execute_command("EVAL", TAKE, 1, key, rate, burst)
        return float(answer) / 1000
    except redis.RedisError:
        return _take_locally(key, rate)


def _take_locally(key: str, rate: float) -> float:
    with _local_lock:
        now = time.monotonic()
        wait = _local.get(key, 0.0) - now
        if wait <= 0:
            _local[key] = now + 1 / (rate * LOCAL_SHARE)
        return max(wait, 0.0)
