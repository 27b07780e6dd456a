"""All pages of an answer, item by item."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.loaders import create_loader

from portal.aws.errors import AwsError, our_words


def items(client: Any, operation: str, key: str, **ask: Any) -> Iterator[Any]:
    """Every item under `key` of a paginated operation, in AWS's order; empty pages don't end it.

    `operation` is boto3's method name, such as "list_accounts". Raises AwsError, also when AWS
    gives the same token twice, which would never end.
    """
    service = client.meta.service_model.service_name
    token_in, token_out = _tokens(service, client.meta.method_to_api_mapping[operation])
    call, name, last = getattr(client, operation), f"{service}:{operation}", None
    while True:
        with our_words(name):
            page = call(**ask)
        yield from page.get(key, [])
        token = page.get(token_out)
        if not token:
            return
        if token == last:
            raise AwsError(name, "SameTokenTwice", "The pages lead in a circle.")
        ask[token_in] = last = token


@cache
def _tokens(service: str, operation: str) -> tuple[str, str]:
    """The names of the token going in and coming out, from botocore's own list of paginators.

    botocore's paginators would do, but they compile and search expressions for every page.
    """
    known = create_loader().load_service_model(service, "paginators-1")["pagination"][operation]
    return str(known["input_token"]), str(known["output_token"])
