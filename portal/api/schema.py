"""What the OpenAPI schema says beyond the doors themselves: how to sign in, how errors look."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.utils import OpenApiParameter

SENTENCES = {"type": "array", "items": {"type": "string"}}
ERROR = {
    "type": "object",
    "required": ["code", "message", "fields"],
    "properties": {
        "code": {"type": "string", "description": "For programs; does not change."},
        "message": {"type": "string", "description": "For people, in their language."},
        "fields": {"type": "object", "additionalProperties": SENTENCES},
    },
}
STATUSES = {
    "400": "The body is not JSON, too large or too deep.",
    "401": "Nobody is signed in, or the token is not valid.",
    "403": "Not allowed.",
    "404": "Not there, or not yours to see.",
    "405": "This address does not know the method.",
    "406": "The API speaks JSON only.",
    "409": "Somebody was faster, or the state forbids it.",
    "415": "The body must be application/json.",
    "422": "Something needs correcting; a sentence per field.",
    "429": "Slow down; Retry-After says for how many seconds.",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same body within 24 hours gives the first answer again.",
)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "portal.api.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return dict(build_bearer_security_scheme_object("Authorization", "Bearer"))


def add_errors(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """A postprocessing hook: every operation answers errors in the one shape."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path in result["paths"].values():
        for operation in path.values():
            for status, description in STATUSES.items():
                told = {"description": description, "content": body}
                operation["responses"].setdefault(status, told)
    return result
