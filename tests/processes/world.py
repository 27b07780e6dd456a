"""A portal of real processes for one test session: PostgreSQL, Redis, the local AWS, workers.

Tests use their own database, beside the one of pytest-django: what workers do is committed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def worker(name: str, env: dict[str, str], *, app: str = "portal", beat: bool = False):
    """Start a Celery worker of one process, so that killing it kills all of it."""
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "--pool=solo", "-l", "WARNING",
               "-n", f"{name}@%h", "--without-gossip", "--without-mingle"]  # fmt: skip
    if beat:
        command = [sys.executable, "-m", "celery", "-A", app, "beat", "-l", "WARNING",
                   "-s", env["BEAT_FILE"]]  # fmt: skip
    log = open(Path(env["LOGS"]) / f"{name}.log", "ab")  # noqa: SIM115 — lives with the process
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)


@contextmanager
def running(*processes: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
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
