"""All pages of an answer, item by item."""

from collections.abc import Callable, Iterator
from typing import Any

from portal.aws.errors import our_words


def items(client: Any, operation: str, key: str, **ask: Any) -> Iterator[Any]:
    """Every item under `key` of a paginated operation, in AWS's order; empty pages don't end it.

    `operation` is boto3's method name, such as "list_accounts". Raises AwsError.
    """
    method = getattr(client, operation)
    name = f"{client.meta.service_model.service_name}:{operation}"
    token_in, token_out = _token_names(client, operation)
    while True:
        with our_words(name):
            page = method(**ask)
        yield from page.get(key, [])
        token = page.get(token_out)
        if not token:
            return
        ask[token_in] = token


def by_token(
    call: Callable[..., Any], key: str, *, token: str = "NextToken", **ask: Any
) -> Iterator[Any]:
    """The same where boto3 knows no paginator. Raises AwsError."""
    while True:
        with our_words(call.__name__):
            page = call(**ask)
        yield from page.get(key, [])
        if not page.get(token):
            return
        ask[token] = page[token]


def _token_names(client: Any, operation: str) -> tuple[str, str]:
    """The names of the token going in and coming out, as botocore's own model has them."""
    config = client.get_paginator(operation)._pagination_config
    return str(config["input_token"]), str(config["output_token"])
