"""Child processes that never outlive the program that started them."""

import ctypes
import ctypes.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

_PR_SET_PDEATHSIG = 1
_ON_LINUX = sys.platform == "linux"
# Loaded before any fork: loading a library in the child of a threaded program can hang.
LIBC = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True) if _ON_LINUX else None


def end_with_parent(number: int) -> None:
    """Ask the kernel to signal this process when its parent dies. Does nothing off Linux.

    Has to come after any change of user, which clears it. Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if LIBC is not None:
        LIBC.prctl(_PR_SET_PDEATHSIG, number)


def free_port(first: int = 0, last: int = 0) -> int:
    """A TCP port of 127.0.0.1 that nobody uses: any, or the first free one of a range."""
    for port in range(first, last + 1):
        with socket.socket() as probe:
            # As the servers do: a port whose last connections are still closing counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NoFreePort(f"No port from {first} to {last} is free on 127.0.0.1.")


class NoFreePort(OSError):
    """Every port that was asked for is taken."""


class Child:
    """One program in a process group of its own; it ends with us, also when we are killed.

    The group of its own keeps Ctrl-C of the terminal away from it, so that whoever started it
    decides the order in which things stop.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_with: signal.Signals = signal.SIGTERM,
        before: Callable[[], None] | None = None,
    ) -> None:
        """`before` runs in the child ahead of the program, to change its user for example."""
        self.command = [str(part) for part in command]
        self.log = log
        self.env = dict(env) if env is not None else None
        self.cwd = cwd
        self.stop_with = stop_with
        self.before = before
        self._process: subprocess.Popen[bytes] | None = None
        self._group_is_ours = False

    def start(self) -> None:
        """Start the program; its output goes to the end of the log file."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = self._open(log)
        self._group_is_ours = True

    def _open(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        parent = os.getpid()

        def prepare() -> None:
            if self.before is not None:
                self.before()
            end_with_parent(self.stop_with)
            if os.getppid() != parent:  # it died before we could say so
                os._exit(1)

        return subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self.env,
            cwd=self.cwd,
            process_group=0,
            preexec_fn=prepare,
        )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """As subprocess says it: negative for a signal, None while it runs or before the start."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            self._kill_group()
        return code

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self._process is not None and self.is_alive:
            self._process.send_signal(self.stop_with)

    def wait(self, seconds: float) -> bool:
        """True when it has ended within the time."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._kill_group()
        return True

    def stop(self, *, patience_seconds: float = 10) -> None:
        """Ask, wait, then kill what is left of its group. Harmless when it never started."""
        self.ask_to_stop()
        try:
            self.wait(patience_seconds)
        finally:
            self._kill_group()

    def _kill_group(self) -> None:
        """Kill whoever is left of the group, once: later its number may belong to a stranger."""
        if self._process is None or not self._group_is_ours:
            return
        self._group_is_ours = False
        # Nobody left is said with either error; macOS prefers the second.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for the message that says why it ended."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        except FileNotFoundError:
            return ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
