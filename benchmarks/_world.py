"""What every benchmark needs: embedded servers, an empty migrated database, the local AWS."""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

from portal.local.servers import EmbeddedPostgres, EmbeddedRedis


def scale() -> str:
    """--scale small (the default) or full."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", choices=["small", "full"], default="small")
    return str(parser.parse_args().scale)


@contextmanager
def portal() -> Iterator[Path]:
    """Django on an empty database with all tables; the folder for whatever else is needed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", fast=True))
        redis = stack.enter_context(EmbeddedRedis(folder / "redis", fast=True))
        os.environ |= {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "PORTAL_SECRET_KEY": "only-for-benchmarks",
            "PORTAL_AWS__RATES": "false",
            "PORTAL_DEMO": "1",  # static files without a manifest
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        django.setup()
        import logging

        from django.core.management import call_command

        logging.disable(logging.INFO)
        call_command("migrate", verbosity=0)
        yield folder


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
