"""A plan that names a step nobody offers stops the start."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from portal.flow.steps import PLANS, STEPS


@register()
def every_step_is_offered(app_configs: Any, **_more: Any) -> list[CheckMessage]:
    return [
        Error(f"Plan {plan.name} names step {name}, which no app offers.", id="portal.E001")
        for plan in PLANS.values()
        for name in plan.steps
        if name not in STEPS
    ]
