"""The portal that browsers visit: what `make demo` starts, in a folder and a database of its own.

PostgreSQL and Redis are those of the test run; local AWS, web, worker and beat are real processes.
"""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import boto3
import psycopg
from psycopg import sql

from portal.local.aws.running import PrivateDoors
from portal.local.demo_data import MANAGEMENT_ID
from portal.local.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240  # on a busy build server; ten to twenty on an idle machine
STOP_SECONDS = 60
TROUBLE = re.compile(r"warning|error|critical|Traceback", re.IGNORECASE)
QUICK = {
    "PORTAL_FLOW__SWEEP_SECONDS": "0.5",
    "PORTAL_FLOW__POLL_SECONDS": "0.3",
}


class Cloud(PrivateDoors):
    """The local AWS of that portal."""

    def __init__(self, url: str) -> None:
        self.url = url

    def organizations(self) -> Any:
        """A client as the production organisation's administrator has it, outside the portal."""
        return boto3.client(
            "organizations",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=MANAGEMENT_ID,
            aws_secret_access_key="outside",
        )

    def create_account(self, *, name: str, email: str) -> str:
        """An account that nobody asked the portal for; its id."""
        client = self.organizations()
        asked = client.create_account(AccountName=name, Email=email)["CreateAccountStatus"]
        self.finish()
        made = client.describe_create_account_status(CreateAccountRequestId=asked["Id"])
        return str(made["CreateAccountStatus"]["AccountId"])


class Portal:
    """Starts with `with`; ends with it, and leaves neither processes nor its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"browser_{secrets.token_hex(4)}"
        self.output = folder / "demo.out"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        # Nothing that was meant for the tests' own process, such as its AWS.
        foreign = ("PORTAL_", "AWS_", "DJANGO_", "PYTEST_")
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith(foreign)
        }
        self.env |= QUICK | {
            "PORTAL_SECRET_KEY": secrets.token_hex(32),
            "PORTAL_DEMO_DIR": str(folder / "demo"),
            "PORTAL_PORT": str(self.port),
            "DATABASE_URL": _elsewhere(os.environ["DATABASE_URL"], self.database),
            # Other tests empty their Redis database when they end.
            "REDIS_URL": _elsewhere(os.environ["REDIS_URL"], "15"),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        self._run_sql("CREATE DATABASE {}")
        command = [sys.executable, "-m", "portal.local.run", "--end-with-parent"]
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=output, stderr=output
            )
        self._await_ready(self._process)
        return self

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while "The portal is ready" not in self.output.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The portal did not start:\n{self.output.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_SECONDS)
            finally:
                self._process.kill()
                self._process.wait()
        self._run_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def cloud(self) -> Cloud:
        port = (self.folder / "demo" / "aws.port").read_text().strip()
        return Cloud(f"http://127.0.0.1:{port}")

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A management command on the portal's database."""
        command = [sys.executable, "manage.py", *arguments]
        env = self.env | {"PORTAL_DEMO": "1", "AWS_ENDPOINT_URL": self.cloud.url}
        return subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    def last_lines(self) -> str:
        """What the logs of the portal's own processes say of errors, for a test that failed."""
        logs = [self.folder / "demo" / "logs" / f"{name}.log" for name in ("web", "worker", "beat")]
        lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
        return "\n".join(line[:400] for line in lines if TROUBLE.search(line))[-4000:]

    def _run_sql(self, statement: str) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self.database)))


def _elsewhere(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
