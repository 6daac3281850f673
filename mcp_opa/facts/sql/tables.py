"""Which tables a statement names, less the names that its own CTEs give.

Guarantees: every name in the place of a table is listed as written, its schema included, unless a CTE in scope
certainly hides it; in doubt it is the table. A CTE is in scope in the query that it precedes and in the CTEs after it,
in its own body only if recursive. Functions in the place of tables aren't tables. Says nothing of what a view or a
function reads.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator

from sqlglot import exp

from mcp_opa.facts.sql.lexis import Unreadable

_MAX_NAME_BYTES = {"postgres": 63}


def tables(tree: exp.Expr, names: Collection[str], dialect: str) -> set[str]:
    """The tables, as written, parts joined by dots; each part must be one of the statement's `names`.

    Raises `Unreadable` for a table whose name can't be told.
    """
    found = set()
    for table in tree.find_all(exp.Table):
        parts = _parts(table)
        if not parts:
            continue
        for part in parts:
            _check_part(part, names, dialect)
        if len(parts) > 1 or not _is_hidden(parts[0], table, dialect):
            found.add(".".join(_written(part) for part in parts))
    return found


def _parts(table: exp.Table) -> list[exp.Identifier]:
    """The identifiers of a table's name; none where a function or a list of functions stands in a table's place."""
    if isinstance(table.this, exp.Func) or (table.this is None and table.args.get("rows_from")):
        return []
    parts = []
    for part in (table.args.get("catalog"), table.args.get("db"), *_flat(table.this)):
        if isinstance(part, exp.Identifier):
            parts.append(part)
        elif part:
            raise Unreadable("something other than a name in the place of a table")
    return parts


def _flat(name: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(name, exp.Dot):
        yield from _flat(name.this)
        yield from _flat(name.expression)
    else:
        yield name


def _written(part: exp.Identifier) -> str:
    """T-SQL's temporary tables keep their sign."""
    sign = "#" * (1 + bool(part.args.get("global_"))) if part.args.get("temporary") or part.args.get("global_") else ""
    return sign + part.name


def _check_part(part: exp.Identifier, names: Collection[str], dialect: str) -> None:
    name = _written(part)
    if name not in names:
        raise Unreadable("a table that isn't named by a name")
    if "." in name:
        raise Unreadable("a table whose quoted name holds a dot")
    if unicodedata.normalize("NFKC", name) != name or name != name.strip() or not name.isprintable():
        raise Unreadable("a table's quoted name with spaces around it or letters that a database may fold")
    if dialect == "sqlite" and name.lower().startswith("pragma_"):
        raise Unreadable("a PRAGMA in the place of a table")
    if len(name.encode()) > _MAX_NAME_BYTES.get(dialect, 1000):
        raise Unreadable("a table's name longer than the database keeps")


def _is_hidden(name: exp.Identifier, table: exp.Table, dialect: str) -> bool:
    if _is_target(table):
        return False
    wanted = _normal(name, dialect)
    inside: exp.Expr = table
    at = table.parent
    while at is not None:
        clause = at if isinstance(at, exp.With) else at.args.get("with_")
        if clause is not None and clause is not inside and wanted in _visible(clause, inside, dialect):
            return True
        inside, at = at, at.parent
    return False


def _is_target(table: exp.Table) -> bool:
    """What a statement changes is never a CTE, whatever its name."""
    holder = table.parent.parent if isinstance(table.parent, exp.Schema) else table.parent
    return isinstance(holder, (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into)) and table.arg_key == "this"


def _visible(clause: exp.With, inside: exp.Expr, dialect: str) -> set[str]:
    """The names that a WITH gives to the query after it, or to one of its own bodies."""
    found = set()
    for cte in clause.expressions:
        if cte is inside:
            if _is_recursive(cte, clause, dialect):
                found.add(_normal(cte.args["alias"].this, dialect))
            break
        found.add(_normal(cte.args["alias"].this, dialect))
    return found


def _is_recursive(cte: exp.Expr, clause: exp.With, dialect: str) -> bool:
    """T-SQL, SQLite and Oracle want no keyword for a `UNION` that names itself; Oracle wants its columns."""
    if clause.args.get("recursive"):
        return True
    listed = bool(cte.args["alias"].args.get("columns"))
    return isinstance(cte.this, exp.Union) and (dialect in ("tsql", "sqlite") or (dialect == "oracle" and listed))


def _normal(name: exp.Identifier, dialect: str) -> str:
    """Equal for two names that certainly mean the same; a quoted one is a name of its own where case is lost."""
    text = name.name
    if dialect == "sqlite":
        return text.lower()
    if dialect in ("postgres", "oracle") and not name.args.get("quoted"):
        return text.lower() if dialect == "postgres" else text.upper()
    return text
