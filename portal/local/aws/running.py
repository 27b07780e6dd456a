"""Starting the local AWS: in a thread of a test, or as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.local.aws import catalogue, private
from portal.local.aws.front import Front
from portal.local.aws.server import HOST, Server
from portal.local.aws.snapshots import Keeper
from portal.local.aws.world import Settings, World

__all__ = ["LocalAws", "LocalAwsProcess", "catalogue"]
START_SECONDS = 60


class PrivateDoors:
    """What tests ask of a running local AWS, over its private path."""

    url: str

    def local(self, method: str, path: str, ask: dict[str, Any] | None = None) -> Any:
        """The answer of /_local/<path>. Raises ValueError with the server's own words."""
        data = json.dumps(ask).encode() if ask is not None else None
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/_local/{path}", data=data, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from error

    def ledger(self, operation: str = "", *, service: str = "") -> list[dict[str, Any]]:
        """Changing calls in order, oldest first."""
        found: list[dict[str, Any]] = self.local(
            "GET", f"ledger?operation={operation}&service={service}"
        )
        return found

    def calls(self) -> dict[str, int]:
        """Counts of all calls by "service:operation"."""
        counts: dict[str, int] = self.local("GET", "calls")["calls"]
        return counts

    def clear_calls(self) -> None:
        self.local("DELETE", "calls")

    def clear_ledger(self) -> None:
        self.local("DELETE", "ledger")

    def fault(self, kind: str, **what: Any) -> int:
        """Adds a fault; its number. See portal.local.aws.faults for the kinds."""
        added: dict[str, Any] = self.local("POST", "faults", {"kind": kind, **what})
        return int(added["id"])

    def no_faults(self) -> None:
        self.local("DELETE", "faults")

    def settings(self, **changes: Any) -> dict[str, Any]:
        settled: dict[str, Any] = self.local("POST", "settings", changes)
        return settled

    def accounts(self) -> list[dict[str, Any]]:
        """Every account there is, also those that no list shows yet."""
        found: list[dict[str, Any]] = self.local("GET", "accounts")
        return found

    def reset(self, seed: str = "empty", **plan: Any) -> None:
        """Empties everything, ledger, counts and faults too, and seeds anew."""
        self.local("POST", "reset", {"seed": seed, **plan})

    def finish(self) -> None:
        """Does at once everything that is still under way."""
        self.local("POST", "finish", {})

    def expire_sessions(self) -> int:
        return int(self.local("POST", "expire", {})["ended"])


class LocalAws(PrivateDoors):
    """A server in a thread of this process.

    moto keeps its backends per process, so two of these share what moto holds (IAM, S3 …),
    and share nothing else.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        seed: str = "empty",
        accounts: int = 1000,
        ous: int = 200,
        state_dir: Path | None = None,
        **settings: Any,
    ):
        chosen = Settings()
        chosen.change(settings)
        self.world = World(chosen)
        self.front = Front(self.world)
        self.plan = {"seed": seed, "accounts": accounts, "ous": ous}
        self.keeper = Keeper(self.front, state_dir) if state_dir else None
        self.server = Server(self.front, port)
        self.url = self.server.url
        self.thread = threading.Thread(target=self._serve, name="local-aws", daemon=True)

    def _serve(self) -> None:
        self.server.serve_forever(poll_interval=0.1)

    def start(self) -> Self:
        if not (self.keeper and self.keeper.restore()):
            with self.world.lock:
                private.reset(self.front, dict(self.plan))
        if self.keeper:
            self.keeper.start()
        self.thread.start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=10)
        if self.keeper:
            self.keeper.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class LocalAwsProcess(PrivateDoors):
    """A server in a process of its own, which can be killed and started again."""

    def __init__(
        self,
        state_dir: Path,
        *,
        port: int = 0,
        seed: str = "empty",
        accounts: int = 1000,
        ous: int = 200,
        create_seconds: float = 3.0,
        latency_ms: float = 0.0,
    ):
        self.state_dir = state_dir
        self.port = port
        self.options = {
            "--seed": seed,
            "--accounts": accounts,
            "--ous": ous,
            "--create-seconds": create_seconds,
            "--latency-ms": latency_ms,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> Self:
        self.state_dir.mkdir(parents=True, exist_ok=True)
        port_file = Path(tempfile.mkdtemp(dir=self.state_dir)) / "port"
        command = [sys.executable, "-m", "portal.local.aws"]
        command += ["--port", str(self.port), "--state-dir", str(self.state_dir)]
        command += ["--port-file", str(port_file)]
        for name, value in self.options.items():
            command += [name, str(value)]
        root = str(Path(__file__).resolve().parents[3])
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths})
        self.port = self._wait_for_port(port_file)
        self.url = f"http://{HOST}:{self.port}"
        return self

    def _wait_for_port(self, port_file: Path) -> int:
        assert self.process is not None  # noqa: S101 - called by start only
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the local AWS ended with {self.process.returncode}")
            if port_file.exists():
                port = int(port_file.read_text())
                port_file.unlink()
                port_file.parent.rmdir()
                return port
            time.sleep(0.05)
        self.kill()
        raise TimeoutError(f"the local AWS was not ready after {START_SECONDS} s")

    def stop(self) -> None:
        """Ends it kindly; its state is saved."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait(timeout=30)
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.stop()
