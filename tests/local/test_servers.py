"""The embedded servers are real, keep their data, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from portal.local.processes import Child, NoFreePort, free_port
from portal.local.servers import EmbeddedPostgres, EmbeddedRedis

PARENT = """
import sys, time
from pathlib import Path
from portal.local.servers import EmbeddedPostgres, EmbeddedRedis
postgres, redis = EmbeddedPostgres(Path(sys.argv[1]) / "pg"), EmbeddedRedis(Path(sys.argv[1]) / "r")
postgres.start(), redis.start()
print(postgres.pid, redis.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), fast=True) as server:
        yield server


@pytest.fixture
def redis_server(tmp_path):
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


def read_one(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until(claim, seconds=20):
    deadline = time.monotonic() + seconds
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert claim()


def test_the_database_belongs_to_a_user_who_is_no_superuser(postgres):
    question = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    assert read_one(postgres.url, question) is False


def test_postgres_takes_at_least_a_hundred_connections(postgres):
    assert int(read_one(postgres.url, "SHOW max_connections")) >= 100


def test_postgres_refuses_a_wrong_password(postgres):
    wrong = f"postgresql://portal:wrong@127.0.0.1:{postgres.port}/portal"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_postgres_listens_on_this_machine_only(postgres):
    assert read_one(postgres.url, "SHOW listen_addresses") == "127.0.0.1"


def test_rows_survive_a_restart_at_the_same_address(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        before = server.url
        server.restart()
        assert server.url == before
        assert read_one(before, "SELECT number FROM kept") == 7


def test_rows_survive_a_killed_server(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not server.is_alive)
        server.start()
        assert read_one(server.url, "SELECT number FROM kept") == 7


def test_a_cluster_that_was_half_made_is_made_again(tmp_path):
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster.new").mkdir()
    with EmbeddedPostgres(tmp_path, fast=True) as server:
        assert read_one(server.url, "SELECT 1") == 1


def test_redis_refuses_who_gives_no_password(redis_server):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host="127.0.0.1", port=redis_server.port).ping()


def test_redis_keeps_its_messages_over_a_restart(redis_server):
    redis.from_url(redis_server.url).rpush("queue", "message")
    redis_server.restart()
    assert redis.from_url(redis_server.url).lrange("queue", 0, -1) == [b"message"]


def test_secrets_are_readable_by_their_owner_only(redis_server):
    modes = {path.stat().st_mode & 0o777 for path in redis_server.data_dir.glob("*.secret")}
    assert modes == {0o600}


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_servers_end_when_their_parent_is_killed(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    wait_until(lambda: all(is_gone(pid) for pid in pids))


@pytest.mark.processes
def test_a_child_that_ignores_its_stop_signal_is_killed_with_its_group(tmp_path):
    script = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"
    child = Child(["bash", "-c", script], log=tmp_path / "log")
    child.start()
    wait_until(lambda: child.last_lines() != "")
    child.stop(patience_seconds=0.2)
    wait_until(lambda: is_gone(int(child.last_lines())))
    assert child.exit_code == -signal.SIGKILL


def test_a_taken_port_is_not_free(redis_server):
    with pytest.raises(NoFreePort):
        free_port(redis_server.port, redis_server.port)
