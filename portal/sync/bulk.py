"""Many rows at once: COPY into a temporary table, then write only what differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from psycopg import sql
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class Written:
    """Primary keys of rows added, rows changed, and rows in the scope that were not given."""

    added: tuple[int, ...]
    changed: tuple[int, ...]
    missing: tuple[int, ...]

    @property
    def any(self) -> bool:
        """Whether anything differs at all."""
        return bool(self.added or self.changed or self.missing)


@transaction.atomic
def upsert(
    model: type[models.Model],
    rows: Iterable[Sequence[Any]],
    *,
    columns: Sequence[str],
    key: Sequence[str],
    scope: dict[str, Any],
    hash_column: str = "row_hash",
) -> Written:
    """Bring the table in line with `rows`: tuples in the order of `columns`, key and hash too.

    A row whose hash is the same is not even sent. Nothing is deleted: rows inside `scope` (column →
    value) that were not given are only reported. Dictionaries go into jsonb. Of rows with the same
    key the last one counts.
    """
    table = sql.Identifier(model._meta.db_table)
    keys, hash_at = [columns.index(name) for name in key], columns.index(hash_column)
    given = {tuple(_clean(row[i]) for i in keys): row for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(_known(table, key, scope, hash_column), list(scope.values()))
        known = {tuple(found[2:]): (found[0], found[1]) for found in cursor.fetchall()}
        missing = tuple(pk for k, (pk, _hash) in known.items() if k not in given)
        differing = [
            row for k, row in given.items() if k not in known or known[k][1] != row[hash_at]
        ]
        outcome = _send(cursor, table, differing, columns, key, hash_column) if differing else []
    return Written(
        added=tuple(pk for pk, is_new in outcome if is_new),
        changed=tuple(pk for pk, is_new in outcome if not is_new),
        missing=missing,
    )


def _send(
    cursor: Any,
    table: sql.Identifier,
    rows: Sequence[Sequence[Any]],
    columns: Sequence[str],
    key: Sequence[str],
    hash_column: str,
) -> list[tuple[int, bool]]:
    """COPY and merge; (primary key, whether it is new) of each row that was written."""
    names = _list(columns)
    cursor.execute(
        sql.SQL("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {} FROM {} WHERE false").format(
            names, table
        )
    )
    with cursor.copy(sql.SQL("COPY staged ({}) FROM STDIN").format(names)) as copy:
        for row in rows:
            copy.write_row([_storable(value) for value in row])
    cursor.execute(_merge(table, columns, key, hash_column))
    outcome: list[tuple[int, bool]] = cursor.fetchall()
    cursor.execute("DROP TABLE staged")
    return outcome


def _storable(value: Any) -> Any:
    """A dictionary as jsonb; texts as PostgreSQL can keep them, so that one strange row does not
    stop the others: without NUL, and with “�” for halves of characters."""
    if isinstance(value, dict):
        return Jsonb(_clean(value))
    return _clean(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:
            return value
        kept = value.replace("\x00", "")
        return kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_clean(name): _clean(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return value


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _merge(
    table: sql.Identifier, columns: Sequence[str], key: Sequence[str], hash_column: str
) -> sql.Composed:
    """INSERT … ON CONFLICT DO UPDATE WHERE the hash differs, telling new from changed (xmax)."""
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name))
        for name in columns
        if name not in key
    )
    return sql.SQL(
        "INSERT INTO {table} AS t ({columns}) SELECT {columns} FROM staged"
        " ON CONFLICT ({key}) DO UPDATE SET {changes}"
        " WHERE t.{hash} IS DISTINCT FROM EXCLUDED.{hash}"
        " RETURNING t.id, (t.xmax = 0)"
    ).format(
        table=table,
        columns=_list(columns),
        key=_list(key),
        hash=sql.Identifier(hash_column),
        changes=changes,
    )


def _known(
    table: sql.Identifier, key: Sequence[str], scope: dict[str, Any], hash_column: str
) -> sql.Composed:
    inside = sql.SQL(" AND ").join(
        sql.SQL("{} = %s").format(sql.Identifier(name)) for name in scope
    )
    return sql.SQL("SELECT id, {}, {} FROM {} WHERE {}").format(
        sql.Identifier(hash_column), _list(key), table, inside
    )
