"""The demo: the servers, the data and the processes of one portal on this machine."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from portal.local import demo_data
from portal.local.processes import Child, free_port
from portal.local.servers import CannotStart, EmbeddedPostgres, EmbeddedRedis, kept_secret
from portal.local.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parents[2]
KEPT = "The data stays in {}; `make demo` starts again, `make demo-reset` forgets everything."
_FIRST_PORT, _LAST_PORT = 8000, 8019
_READY_SECONDS = 120
_ROLES = ("developer", "ccoe", "finance", "security", "auditor", "admin")


class Demo:
    """One run of the demo, from the first server to the last line on the screen."""

    def __init__(self, folder: Path, *, accounts: int | None = None) -> None:
        self.folder = folder
        self.accounts = accounts
        self.port = 0
        self.env = dict(os.environ)
        self.programs: dict[str, Program] = {}
        self._started_at = time.monotonic()

    def run(self) -> None:
        """Start everything, print where it is, and watch until Stop or KeepsDying."""
        self._put_old_logs_aside()
        with ExitStack() as stack:
            aws = self._start_aws(stack)
            self._start_postgres(stack)
            self._start_redis(stack)
            self._name_settings()
            self._manage("migrate", "--no-input", "--verbosity=0", title="Database schema")
            self._await_aws(aws)
            web = self._start(stack, "web", self._web_command())  # warms up while the data comes
            self._manage("seed_demo", title="Demo organisation")
            self._await_ready(web)
            worker = self._start(stack, "worker", self._worker_command(), stop_with=signal.SIGQUIT)
            beat = self._start(stack, "beat", self._beat_command())
            for child in (web, worker, beat):  # called first of all: so they end side by side
                stack.callback(child.ask_to_stop)
            self._greet()
            Supervisor(self.programs, say=say).watch()

    def _put_old_logs_aside(self) -> None:
        for log in (self.folder / "logs").glob("*.log"):
            log.replace(log.with_suffix(".log.1"))

    # The servers below the portal

    def _start_aws(self, stack: ExitStack) -> Child | None:
        """Start the slowest first and look later whether it answers."""
        if self.env.get("AWS_ENDPOINT_URL"):
            say(f"AWS          {self.env['AWS_ENDPOINT_URL']} (from AWS_ENDPOINT_URL)")
            return None
        port = free_port()
        command = [sys.executable, "-m", "portal.local.aws", "--port", str(port)]
        command += ["--state-dir", str(self.folder / "aws")]
        command += ["--port-file", str(self._aws_port_file)]
        if self.accounts is None:
            command += ["--seed", "demo"]
        else:
            command += ["--seed", "scale", "--accounts", str(self.accounts)]
        self._aws_port_file.unlink(missing_ok=True)
        self.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        self._forget_real_credentials()
        aws = self._child("aws", command)
        stack.callback(aws.stop)
        aws.start()
        return aws

    def _forget_real_credentials(self) -> None:
        """The local AWS gets invented keys, and nothing started here ever sees real ones."""
        for name in [name for name in self.env if name.startswith("AWS_")]:
            if name != "AWS_ENDPOINT_URL":
                del self.env[name]
        self.env |= {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    @property
    def _aws_port_file(self) -> Path:
        return self.folder / "aws.port"

    def _await_aws(self, aws: Child | None) -> None:
        if aws is None:
            return
        with timed("Local AWS"):
            deadline = time.monotonic() + _READY_SECONDS
            while not self._aws_port_file.exists():
                if not aws.is_alive or time.monotonic() > deadline:
                    raise CannotStart(f"The local AWS did not start:\n{aws.last_lines()}")
                time.sleep(0.1)
        self.programs["aws"] = aws

    def _start_postgres(self, stack: ExitStack) -> None:
        if self.env.get("DATABASE_URL"):
            say("PostgreSQL   from DATABASE_URL")
            return
        with timed("PostgreSQL"):
            postgres = EmbeddedPostgres(self.folder / "postgres")
            stack.callback(postgres.stop)
            postgres.start()
        self.programs["postgres"] = postgres
        self.env["DATABASE_URL"] = postgres.url

    def _start_redis(self, stack: ExitStack) -> None:
        if self.env.get("REDIS_URL"):
            say("Redis        from REDIS_URL")
            return
        with timed("Redis"):
            redis = EmbeddedRedis(self.folder / "redis")
            stack.callback(redis.stop)
            redis.start()
        self.programs["redis"] = redis
        self.env["REDIS_URL"] = redis.url

    # The portal

    def _name_settings(self) -> None:
        self.port = _web_port()
        chosen = {
            "PORTAL_SECRET_KEY": kept_secret(self.folder / "secret-key"),
            "PORTAL_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "PORTAL_FLOW__POLL_SECONDS": "1",
            "PORTAL_FLOW__SWEEP_SECONDS": "2",
            "PORTAL_AWS__RATES": "false",
            "PORTAL_BASE_URL": self.address,
        }
        self.env = chosen | self.env | {"PORTAL_DEMO": "1", "PYTHONUNBUFFERED": "1"}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _manage(self, *arguments: str, title: str) -> None:
        """Run one management command to its end. Raises CannotStart with the end of its log."""
        command = self._child(arguments[0], [sys.executable, str(ROOT / "manage.py"), *arguments])
        with timed(title), command:
            while command.is_alive:
                time.sleep(0.05)
            if command.exit_code:
                raise CannotStart(f"`manage.py {arguments[0]}` failed:\n{command.last_lines(30)}")

    def _start(
        self,
        stack: ExitStack,
        name: str,
        command: list[str],
        *,
        stop_with: signal.Signals = signal.SIGTERM,
    ) -> Child:
        child = self._child(name, command, stop_with=stop_with)
        stack.callback(child.stop)
        child.start()
        self.programs[name] = child
        return child

    def _web_command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "gunicorn", "portal.wsgi:application"),
            *("--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"),
            *("--workers", "2", "--threads", "8", "--graceful-timeout", "3"),
            *("--preload", "--no-control-socket"),
        ]

    def _worker_command(self) -> list[str]:
        """SIGQUIT ends it at once: a step that is cut short is taken up again from PostgreSQL."""
        return [
            *(sys.executable, "-m", "celery", "-A", "portal", "worker", "--pool", "prefork"),
            *("--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ]

    def _beat_command(self) -> list[str]:
        schedule = self.folder / "beat-schedule"
        celery = [sys.executable, "-m", "celery", "-A", "portal"]
        return [*celery, "beat", "--loglevel", "INFO", "--schedule", str(schedule)]

    def _child(
        self, name: str, command: list[str], *, stop_with: signal.Signals = signal.SIGTERM
    ) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        return Child(command, log=log, env=self.env, cwd=ROOT, stop_with=stop_with)

    def _await_ready(self, web: Child) -> None:
        with timed("Web"):
            deadline = time.monotonic() + _READY_SECONDS
            while not _answers(f"{self.address}/readyz"):
                if not web.is_alive or time.monotonic() > deadline:
                    raise CannotStart(f"The web server did not start:\n{web.last_lines()}")
                time.sleep(0.1)

    def _greet(self) -> None:
        took = time.monotonic() - self._started_at
        say(f"\nThe portal is ready after {took:.0f} s:  {self.address}\n")
        say(
            f"The sign-in page lets you be one of them by a click (password: {demo_data.PASSWORD}):"
        )
        for role in _ROLES:
            person = next(one for one in demo_data.PEOPLE if role in one.roles)
            say(f"  {role:<10} {person.name:<16} {person.username}")
        say(f"\nLogs are in {self.folder / 'logs'}. Ctrl-C stops. {KEPT.format(self.folder)}")


def say(sentence: str) -> None:
    """A line on the screen, at once, also when it is piped somewhere."""
    print(sentence, flush=True)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Say what was done and how long it took."""
    begun = time.monotonic()
    yield
    say(f"{name:<18}{time.monotonic() - begun:5.1f} s")


def _web_port() -> int:
    wanted = os.environ.get("PORTAL_PORT")
    if wanted:
        return free_port(int(wanted), int(wanted))
    return free_port(_FIRST_PORT, _LAST_PORT)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 — our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
