"""Whether the portal lives, and whether it can work."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from portal.permissions import public


@public
def alive(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer and no migration is missing, else 503."""
    parts = {"database": _database(), "redis": _redis()}
    ok = all(word == "ok" for word in parts.values())
    return JsonResponse({"status": "ok" if ok else "waiting", **parts}, status=200 if ok else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "no answer"
    return "migrations are missing" if pending else "ok"


def _redis() -> str:
    try:
        redis.Redis.from_url(settings.PORTAL.redis_url, socket_timeout=2).ping()
    except redis.RedisError:
        return "no answer"
    return "ok"
