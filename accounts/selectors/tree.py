"""The organisation as lines of a tree: two queries, whatever its size."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.db.models import Count, QuerySet

from accounts.models import Account, OrganizationalUnit
from accounts.selectors import directory
from portal.aws.models import Connection
from portal.people.models import User

LINES_AT_ONCE = 300  # deeper levels of larger organisations are loaded when they are opened


@dataclass(slots=True)
class Branch:
    """An OU as a line. Counts are of the accounts the person may see."""

    pk: int
    ou_id: str
    name: str
    parent_id: int | None
    depth: int = 0  # 0 for the line the tree starts with
    own: int = 0  # accounts directly in it
    total: int = 0  # with those of all OUs below
    ous: int = 0  # OUs directly below
    is_cut: bool = False  # OUs below are left out here
    closing: str = ""  # one character for each branch that ends after this line

    @property
    def is_root(self) -> bool:
        return self.ou_id.startswith("r-")

    @property
    def is_leaf(self) -> bool:
        """Nothing in it to open."""
        return not (self.ous or self.own)


def branches(user: User, connection: Connection) -> list[Branch]:
    """The whole organisation, depth first, brothers by name; cut where it would grow too long."""
    ous = directory.ous_for(user).filter(connection=connection)
    return _grow(ous, _counts(user, connection), start=None)


def branches_below(user: User, ou: OrganizationalUnit) -> list[Branch]:
    """The OUs below `ou`, in the same shape; `ou` itself is not among them."""
    ous = directory.ous_for(user).filter(path__startswith=ou.path).exclude(pk=ou.pk)
    return _grow(ous, _counts(user, ou.connection), start=ou.pk)


def _counts(user: User, connection: Connection) -> dict[int, int]:
    """OU → number of accounts in it."""
    seen = Account.objects.here().visible_to(user).filter(connection=connection, ou__isnull=False)
    rows = seen.order_by().values_list("ou_id").annotate(Count("pk"))
    return dict(rows)


def _grow(
    ous: QuerySet[OrganizationalUnit], counts: dict[int, int], *, start: int | None
) -> list[Branch]:
    children: defaultdict[int | None, list[Branch]] = defaultdict(list)
    for pk, ou_id, name, parent in ous.order_by("name", "pk").values_list(
        "pk", "ou_id", "name", "parent_id"
    ):
        own = counts.get(pk, 0)
        children[parent].append(Branch(pk, ou_id, name, parent, own=own, total=own))
    lines = _depth_first(children, start)
    by_pk = {line.pk: line for line in lines}
    for line in reversed(lines):  # children stand behind their parents, so their totals are ready
        line.ous = len(children[line.pk])
        if line.parent_id in by_pk:
            by_pk[line.parent_id].total += line.total
    return _with_endings(_cut(lines))


def _depth_first(children: dict[int | None, list[Branch]], start: int | None) -> list[Branch]:
    lines: list[Branch] = []
    waiting = list(reversed(children[start]))
    while waiting:
        line = waiting.pop()
        lines.append(line)
        for child in reversed(children[line.pk]):
            child.depth = line.depth + 1
            waiting.append(child)
    return lines


def _cut(lines: Sequence[Branch]) -> list[Branch]:
    """As many whole levels as fit, the first one always."""
    sizes = Counter(line.depth for line in lines)
    shown, deepest = sizes[0], 0
    while deepest + 1 in sizes and shown + sizes[deepest + 1] <= LINES_AT_ONCE:
        deepest += 1
        shown += sizes[deepest]
    for line in lines:
        line.is_cut = line.depth == deepest and line.ous > 0
    return [line for line in lines if line.depth <= deepest]


def _with_endings(lines: list[Branch]) -> list[Branch]:
    """How many branches end behind each line: that draws the nesting in one flat loop."""
    for line, following in zip_longest(lines, lines[1:]):
        next_depth = following.depth if following else 0
        ending = max(line.depth - next_depth + 1, 0)
        line.closing = "." * (ending - line.is_leaf)  # a leaf is no branch: it ends by itself
    return lines
