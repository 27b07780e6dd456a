"""The private path /_local: faults, ledger, counts, settings, reset. JSON in, JSON out.

GET, POST, DELETE  /_local/faults      DELETE takes ?id=
GET, DELETE        /_local/ledger      ?service= &operation= &after=<number>
GET, DELETE        /_local/calls       counts of all calls, by service:operation
GET, POST          /_local/settings
GET                /_local/accounts    every account of every organisation
POST               /_local/reset       {"seed": "empty" | "demo" | "scale", "accounts", "ous"}
POST               /_local/finish      does at once everything that is still under way
POST               /_local/expire      ends every session
GET                /_local/health
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from portal.local.aws import moto_door, seed
from portal.local.aws.callers import expire_all
from portal.local.aws.faults import Fault
from portal.local.aws.front import Front
from portal.local.aws.organizations.model import Directory
from portal.local.aws.protocols import HttpRequest, HttpResponse

Door = Callable[[Front, dict[str, Any]], Any]


def answer(front: Front, request: HttpRequest) -> HttpResponse:
    split = urlsplit(request.target)
    door = DOORS.get((request.method, split.path.removeprefix("/_local/").strip("/")))
    if door is None:
        return _json(404, {"error": "no such door", "doors": [" ".join(key) for key in DOORS]})
    try:
        ask = dict(parse_qsl(split.query)) | json.loads(request.body or b"{}")
        with front.world.lock:
            front.world.settle()
            return _json(200, door(front, ask))
    except (ValueError, TypeError, KeyError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, body: Any) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(body).encode())


def list_faults(front: Front, ask: dict[str, Any]) -> Any:
    return [fault.describe() for fault in front.faults.all]


def add_fault(front: Front, ask: dict[str, Any]) -> Any:
    return front.faults.add(Fault(**ask)).describe()


def remove_faults(front: Front, ask: dict[str, Any]) -> Any:
    front.faults.remove(int(ask["id"]) if "id" in ask else None)
    return list_faults(front, ask)


def read_ledger(front: Front, ask: dict[str, Any]) -> Any:
    found = front.ledger.find(
        service=ask.get("service", ""),
        operation=ask.get("operation", ""),
        after=int(ask.get("after", 0)),
    )
    return [entry.describe() for entry in found]


def clear_ledger(front: Front, ask: dict[str, Any]) -> Any:
    front.ledger.clear()
    return []


def read_calls(front: Front, ask: dict[str, Any]) -> Any:
    return {"calls": dict(front.ledger.calls), "errors": dict(front.ledger.errors)}


def clear_calls(front: Front, ask: dict[str, Any]) -> Any:
    front.ledger.clear_counts()
    return read_calls(front, ask)


def read_settings(front: Front, ask: dict[str, Any]) -> Any:
    return front.world.settings.describe()


def change_settings(front: Front, ask: dict[str, Any]) -> Any:
    front.world.settings.change(ask)
    front.world.touch()
    return front.world.settings.describe()


def list_accounts(front: Front, ask: dict[str, Any]) -> Any:
    return [asdict(account) for account in front.world.shelf(Directory).accounts.values()]


def reset(front: Front, ask: dict[str, Any]) -> Any:
    """Empties everything, ledger, counts and faults too, and seeds anew."""
    plan = seed.Plan(**{"seed": "empty", **ask})
    moto_door.reset()
    front.world.is_moto_changed = True
    front.world.empty()
    front.faults.remove()
    front.ledger.clear()
    front.ledger.clear_counts()
    seed.sow(front.world, plan)
    return {"seed": plan.seed, "accounts": len(front.world.shelf(Directory).accounts)}


def finish(front: Front, ask: dict[str, Any]) -> Any:
    front.world.finish()
    return {}


def expire(front: Front, ask: dict[str, Any]) -> Any:
    return {"ended": expire_all(front.world)}


def health(front: Front, ask: dict[str, Any]) -> Any:
    return {"status": "ok"}


DOORS: dict[tuple[str, str], Door] = {
    ("GET", "faults"): list_faults,
    ("POST", "faults"): add_fault,
    ("DELETE", "faults"): remove_faults,
    ("GET", "ledger"): read_ledger,
    ("DELETE", "ledger"): clear_ledger,
    ("GET", "calls"): read_calls,
    ("DELETE", "calls"): clear_calls,
    ("GET", "settings"): read_settings,
    ("POST", "settings"): change_settings,
    ("GET", "accounts"): list_accounts,
    ("POST", "reset"): reset,
    ("POST", "finish"): finish,
    ("POST", "expire"): expire,
    ("GET", "health"): health,
}
