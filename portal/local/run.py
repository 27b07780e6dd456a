"""`make demo`: the whole portal on this machine, with nothing installed but Python.

Starts PostgreSQL, Redis and the local AWS (each only when the environment names no other), brings
the schema and the demo organisation up to date, and keeps web, worker and beat alive until Ctrl-C.
Everything is kept in `.demo/` (or PORTAL_DEMO_DIR), so the next start finds it again.
"""

import argparse
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from portal.local.demo import KEPT, ROOT, Demo, say
from portal.local.privileges import CannotBecome
from portal.local.processes import NoFreePort, end_with_parent
from portal.local.servers import CannotStart
from portal.local.supervisor import KeepsDying

_STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody pressed Ctrl-C, closed the terminal or asked us to end."""


class AlreadyRunning(RuntimeError):
    """Another demo holds the folder."""


@contextmanager
def _sole_user(folder: Path) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it however we end. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"A demo is already running on {folder}.") from None
        yield


def _raise_stop(number: int, frame: FrameType | None) -> None:
    for one in _STOPPERS:  # a second Ctrl-C must not cut the tidying short
        signal.signal(one, signal.SIG_IGN)
    raise Stop


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="Run the portal's demo.")
    parser.add_argument("--accounts", type=int, help="size of the demo organisation")
    parser.add_argument("--reset", action="store_true", help="forget all demo data and leave")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="end when the starting process dies"
    )
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """0 after Ctrl-C, 1 when something could not start or kept ending."""
    arguments = _arguments(words)
    folder = Path(os.environ.get("PORTAL_DEMO_DIR") or ROOT / ".demo").resolve()
    for number in _STOPPERS:
        signal.signal(number, _raise_stop)
    if arguments.end_with_parent:
        end_with_parent(signal.SIGTERM)
    try:
        with _sole_user(folder):
            if arguments.reset:
                shutil.rmtree(folder)
                say(f"Forgot {folder}.")
                return 0
            Demo(folder, accounts=arguments.accounts).run()
    except Stop:
        say(f"\nStopped. {KEPT.format(folder)}")
        return 0
    except (AlreadyRunning, CannotBecome, CannotStart, KeepsDying, NoFreePort) as problem:
        say(f"\n{problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
