"""Messages to the workers. They are hints: losing one costs time, never work."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger("portal.flow")
EXPIRES = 600  # seconds; when workers are slow, the beat's repeated hints do not pile up


def send(task: str, *args: object) -> None:
    """Put a message into Redis; when that can't be reached, the beat will find the work anyway."""
    try:
        current_app.send_task(task, args=args, ignore_result=True, retry=False, expires=EXPIRES)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("message.not_sent", extra={"task_name": task, "error": type(error).__name__})
