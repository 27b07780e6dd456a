"""How often somebody may call. The counters live in Redis; without it the API goes on uncounted."""

import logging
from typing import Any

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

log = logging.getLogger("portal.api")


class PerPerson(UserRateThrottle):
    """Calls of one person, by session and tokens together."""

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            log.warning("api.uncounted")
            return True


class PerAddress(AnonRateThrottle):
    """Calls of strangers from one address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            log.warning("api.uncounted")
            return True
