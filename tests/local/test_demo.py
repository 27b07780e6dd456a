"""`make demo` as a person meets it: started, looked at, stopped by Ctrl-C, started again."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from portal.local.processes import free_port
from portal.local.servers import EmbeddedPostgres

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 240  # on a busy build server; ten to twenty on an idle machine


class Demo:
    """A demo in a folder of its own, started as `make demo` does."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.output = folder.with_suffix(".out")

    def start(self):
        # Nothing of the test run's own servers: this is a person's fresh shell.
        ours = ("PORTAL_", "DATABASE_URL", "REDIS_URL", "AWS_")
        env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        env |= {"PORTAL_DEMO_DIR": str(self.folder), "PORTAL_PORT": str(self.port)}
        command = [sys.executable, "-m", "portal.local.run"]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output)

    def await_output(self, words):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.output.read_text() and time.monotonic() < deadline:
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.1)
        assert words in self.output.read_text()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def processes(self):
        """Ids of all living processes that carry this demo's folder in their environment."""
        mark = f"PORTAL_DEMO_DIR={self.folder}\0".encode()
        return [
            path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if has(path, mark)
        ]

    def page(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.read().decode()

    def oldest_row(self):
        with (
            EmbeddedPostgres(self.folder / "postgres") as postgres,
            psycopg.connect(postgres.url) as connection,
        ):
            return connection.execute("SELECT min(created_at) FROM portal_user").fetchone()[0]


def has(path, mark):
    try:
        return mark in path.read_bytes()
    except OSError:  # it has ended meanwhile, or is somebody else's
        return False


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path / "demo")
    yield demo
    demo.process.kill()
    demo.process.wait()


def test_the_demo_offers_its_people_and_keeps_their_data_over_a_restart(demo):
    demo.start()
    demo.await_output("The portal is ready")
    assert "Haruka Sato" in demo.page("/sign-in/")
    assert demo.interrupt() == 0
    assert demo.processes() == []
    first = demo.oldest_row()
    demo.start()
    demo.await_output("The portal is ready")
    demo.interrupt()
    assert demo.oldest_row() == first


def test_the_demo_leaves_no_process_when_interrupted_while_it_starts(demo):
    demo.start()
    demo.await_output("Redis")
    assert demo.interrupt() == 0
    assert demo.processes() == []


def test_a_second_demo_on_the_same_data_says_so_and_leaves_the_first_alone(demo):
    demo.start()
    demo.await_output("PostgreSQL")
    command = [sys.executable, "-m", "portal.local.run"]
    env = os.environ | {"PORTAL_DEMO_DIR": str(demo.folder)}
    second = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert "A demo is already running" in second.stdout
    assert second.returncode == 1
    assert demo.process.poll() is None
