"""A portal of real processes for one test session: PostgreSQL, Redis, the local AWS, workers.

Tests use their own database, beside the one of pytest-django: what workers do is committed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

ROOT = Path(__file__).resolve().parents[2]
QUICK = {
    "PORTAL_FLOW__HOLD_SECONDS": "2",
    "PORTAL_FLOW__SWEEP_SECONDS": "0.5",
    "PORTAL_FLOW__POLL_SECONDS": "0.2",
    "PORTAL_FLOW__SETTLE_SECONDS": "1",
    "PORTAL_AWS__RATES": "false",
}


def python(name: str, env: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """A Python process with its output in a file of its name, in a group of its own."""
    log = open(Path(env["LOGS"]) / f"{name}.log", "ab")  # noqa: SIM115 — lives with the process
    command = [sys.executable, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
    )


def worker(name: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A Celery worker of one process, so that killing it kills all of it."""
    quiet = ["-l", "WARNING", "--without-gossip", "--without-mingle"]
    celery = ["-m", "celery", "-A", "portal", "worker", "--pool=solo", "-n", f"{name}@%h"]
    return python(name, env, *celery, *quiet)


def beat(env: dict[str, str]) -> subprocess.Popen[bytes]:
    celery = ["-m", "celery", "-A", "portal", "beat", "-l", "WARNING", "-s", env["BEAT_FILE"]]
    return python("beat", env, *celery)


@contextmanager
def running(*processes: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def until(claim: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until the claim holds. Fails with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            raise AssertionError(what)
        time.sleep(0.1)


def empty_redis() -> None:
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
