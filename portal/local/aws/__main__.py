"""`python -m portal.local.aws --state-dir DIR`: the local AWS as a process of its own."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from portal.local.aws.running import LocalAws
from portal.local.aws.seed import SEEDS


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with LocalAws(
        options.port,
        seed=options.seed,
        accounts=options.accounts,
        ous=options.ous,
        state_dir=options.state_dir,
        create_seconds=options.create_seconds,
        latency_ms=options.latency_ms,
    ) as aws:
        if options.port_file:
            _announce(options.port_file, aws.server.server_address[1])
        print(f"local AWS at {aws.url}", flush=True)
        ended.wait()


def _announce(path: Path, port: int) -> None:
    """Renamed into place, so that nobody reads half a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(str(port))
    temporary.replace(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="portal.local.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state-dir", type=Path, help="where the state is kept; none without")
    parser.add_argument("--port-file", type=Path, help="is written when the server is ready")
    parser.add_argument("--seed", choices=SEEDS, default="demo")
    parser.add_argument("--accounts", type=int, default=1000, help="for --seed scale")
    parser.add_argument("--ous", type=int, default=200, help="for --seed scale")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--create-seconds", type=float, default=3.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
