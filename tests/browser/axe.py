"""What axe-core finds on a page: only what keeps somebody from using it."""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

GRAVE = ("serious", "critical")
RUN = """() => axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)"""


@cache
def _source() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def grave_faults(page: Page) -> list[str]:
    """One line per rule that is broken, with the first places. Rules: deque.com's axe-core."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(_source())  # as the debugger does it, past the content security policy
    return [
        f"{fault['id']}: {fault['help']}: "
        + " | ".join(str(node["target"][0]) for node in fault["nodes"][:4])
        for fault in page.evaluate(RUN)
        if fault["impact"] in GRAVE
    ]
