"""All pages of an answer, item by item."""

from collections.abc import Callable, Iterator
from typing import Any

from portal.aws.errors import our_words


def items(client: Any, operation: str, key: str, **ask: Any) -> Iterator[Any]:
    """Every item under `key` of a paginated operation, in AWS's order; empty pages don't end it.

    `operation` is boto3's method name, such as "list_accounts". Raises AwsError.
    """
    name = f"{client.meta.service_model.service_name}:{operation}"
    pages = iter(client.get_paginator(operation).paginate(**ask))
    while True:
        with our_words(name):
            page = next(pages, None)
        if page is None:
            return
        yield from page.get(key, [])


def by_token(
    call: Callable[..., Any], key: str, *, token_name: str = "NextToken", **ask: Any
) -> Iterator[Any]:
    """The same where boto3 knows no paginator. Raises AwsError."""
    while True:
        with our_words(call.__name__):
            page = call(**ask)
        yield from page.get(key, [])
        if not page.get(token_name):
            return
        ask[token_name] = page[token_name]
