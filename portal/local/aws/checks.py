"""Checks parameters against botocore's service model, as AWS does before any work.

boto3 itself checks only types, required members and some lower bounds; patterns, upper bounds
and enumerations are left to the service.
"""

from __future__ import annotations

import functools
import re
import warnings
from typing import Any

from portal.local.aws.calls import Ask, AwsError

# Unicode classes of Java's regular expressions that Python lacks; near enough.
CLASSES = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"\p{M}": "", r"\p{S}": "+<=>|~^$`"}
# Members that this local AWS judges itself, with the error that the service has for them.
LEFT_TO_HANDLERS = {("organizations", "Content")}


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    for java, python in CLASSES.items():
        pattern = pattern.replace(java, python)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return re.compile(rf"(?:{pattern})")
        except re.error:
            return None


def check(service: str, shape: Any, ask: Ask) -> None:
    """Raises the service's own error for the first parameter that breaks its model."""
    if shape is not None:
        _structure(service, shape, ask)


def _structure(service: str, shape: Any, value: dict[str, Any]) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            raise wrong(service, "INPUT_REQUIRED", f"{name} is required")
    for name, member in shape.members.items():
        if value.get(name) is not None and (service, name) not in LEFT_TO_HANDLERS:
            _value(service, name, member, value[name])


def _value(service: str, name: str, shape: Any, value: Any) -> None:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        _structure(service, shape, value)
    elif kind == "list":
        _bounds(service, name, shape, len(value))
        for item in value:
            _value(service, name, shape.member, item)
    elif kind == "string":
        _string(service, name, shape, value)
    elif kind in ("integer", "long", "float", "double"):
        _bounds(service, name, shape, value)


def _bounds(service: str, name: str, shape: Any, size: float) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    what = "VALUE" if shape.type_name not in ("string", "list") else "LENGTH"
    if low is not None and size < low:
        raise wrong(service, f"MIN_{what}_EXCEEDED", f"{name} is below the minimum of {low}")
    if high is not None and size > high:
        raise wrong(service, f"MAX_{what}_EXCEEDED", f"{name} is above the maximum of {high}")


def _string(service: str, name: str, shape: Any, value: Any) -> None:
    if not isinstance(value, str):
        raise wrong(service, "INVALID_PATTERN", f"{name} must be a string")
    _bounds(service, name, shape, len(value))
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        raise wrong(service, "INVALID_ENUM", f"{name} must be one of {', '.join(allowed)}")
    pattern = compiled(shape.metadata.get("pattern") or "")
    if shape.metadata.get("pattern") and pattern and not pattern.fullmatch(value):
        raise wrong(
            service,
            "INVALID_PATTERN",
            f"You provided a value that does not match the required pattern: {name}",
        )


def wrong(service: str, reason: str, message: str) -> AwsError:
    if service == "organizations":
        return AwsError("InvalidInputException", message, Reason=reason)
    if service == "budgets":
        return AwsError("InvalidParameterException", message)
    if service in ("cloudformation", "sts"):
        return AwsError("ValidationError", message)
    return AwsError("ValidationException", message)
