"""Pages with opaque tokens, at a cost that grows with the page and not with the list."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from portal.local.aws.calls import Answer, Ask, AwsError, Call

T = TypeVar("T")
SERIAL = itertools.count(1)


def token(call: Call, position: int) -> str:
    """An opaque token for this operation. Two tokens for one place differ, as on AWS."""
    text = json.dumps([call.operation, position, next(SERIAL)])
    return base64.urlsafe_b64encode(text.encode()).decode()


def position_of(call: Call, text: str | None, error: AwsError) -> int:
    """Raises `error` for a token that was not given out by this operation."""
    if not text:
        return 0
    try:
        operation, position, _ = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise error from None
    if operation != call.operation or not isinstance(position, int):
        raise error
    return position


def bad_token(call: Call) -> AwsError:
    if call.service == "organizations":
        return AwsError(
            "InvalidInputException",
            "You specified an invalid value for nextToken.",
            Reason="INVALID_NEXT_TOKEN",
        )
    if call.service == "budgets":
        return AwsError("InvalidNextTokenException", "The next token is not valid.")
    if call.service == "cloudformation":
        return AwsError("ValidationError", "Invalid NextToken.")
    if call.service == "resourcegroupstaggingapi":
        return AwsError("PaginationTokenExpiredException", "The pagination token is not valid.")
    return AwsError("ValidationException", "The next token is not valid.")


def page(
    call: Call,
    ask: Ask,
    key: str,
    items: Collection[T] | Mapping[T, Any],
    describe: Callable[[T], Any],
    *,
    size: int,
    size_key: str = "MaxResults",
    token_key: str = "NextToken",  # noqa: S107 - the name of a parameter
) -> Answer:
    """One page of `items` (a mapping is walked over its keys) under `key`.

    `size` is both the default and the largest page. Items that `describe` turns into None are
    left out, so that a page may be short or empty while a token follows.
    """
    start = position_of(call, ask.get(token_key), bad_token(call))
    length = min(int(ask.get(size_key) or size), size)
    if isinstance(items, Sequence):
        chosen: Sequence[T] = items[start : start + length]
    else:
        chosen = list(itertools.islice(items, start, start + length))
    described = (describe(item) for item in chosen)
    answer: Answer = {key: [item for item in described if item is not None]}
    if start + length < len(items):
        answer[token_key] = token(call, start + length)
    return answer
