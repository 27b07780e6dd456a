"""The baseline every new account gets: one StackSet, its template shipped with the portal."""

from functools import cache
from pathlib import Path

STACK_SET = "portal-baseline"
DESCRIPTION = "CloudTrail and AWS Config in every account; kept by the governance portal"
TEMPLATE = Path(__file__).resolve().parent.parent / "baseline" / "core.yaml"


@cache
def template() -> str:
    return TEMPLATE.read_text(encoding="utf-8")
