"""Which functions a statement calls as if they were columns.

Guarantees: found are PostgreSQL's `(x).f` and, over the rows of a function, `t.f` (both call `f`); Oracle's
`package.f` without parentheses, and any name that stands beside `dual` alone; a sequence's `s.nextval`. Doesn't know a
user's own function behind the name of a table's column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from mcp_opa.facts.sql.lexis import Kind, Token
from mcp_opa.facts.sql.vocabulary import HARMLESS

_OUTPUTS_TEXT = """
alias baredesc barelabel catcode catdesc description dictionaries dictionary grantee grantor identity is_grantable
isleaf key level lexeme lexemes ndoc nentry object_args object_names objid objsubid option_name option_value
ordinality parentrelid positions relid schema token tokid type value weights word
"""
_OUTPUTS = frozenset(_OUTPUTS_TEXT.split())
"""What the harmless functions of PostgreSQL that return rows call their columns."""
_ORACLE_NAMES_TEXT = """
connect_by_iscycle connect_by_isleaf current_date current_timestamp dbtimezone dummy level localtimestamp null
ora_rowscn rowid rownum sessiontimezone sysdate systimestamp uid user
"""
_ORACLE_NAMES = frozenset(_ORACLE_NAMES_TEXT.split())
_KEYWORD_ROWS_TEXT = """
current_catalog current_date current_role current_schema current_time current_timestamp current_user localtime
localtimestamp session_user system_user user
"""
_KEYWORD_ROWS = frozenset(_KEYWORD_ROWS_TEXT.split())
"""Functions of PostgreSQL without parentheses, in the place of a table too."""
_RECORDS = frozenset(
    f"json{b}_{name}"
    for b in ("", "b")
    for name in ("populate_record", "populate_recordset", "to_record", "to_recordset")
)
_FILE_ROWS = frozenset({"csv", "fsdir", "sqlite_dbpage", "zipfile"})
"""Functions of SQLite that read files, and are queried like tables by conditions on hidden columns."""
_WITH_COLUMNS = (exp.JSONTable, exp.XMLTable)


def called(tokens: Sequence[Token], tree: exp.Expr, dialect: str) -> set[str]:
    """The names, lower case, of functions that are called like columns and aren't known to be harmless."""
    found = {"nextval"} & {token.text.lower() for _, token in _after_dots(tokens)}
    if dialect == "postgres":
        found |= {name for name in _after_values(tokens) if not _is_column(name)}
        found |= set(_over_function_rows(tree))
    if dialect == "sqlite":
        found |= _FILE_ROWS & {table.name.lower() for table in tree.find_all(exp.Table)}
    if dialect == "oracle":
        found |= set(_of_no_table(tree))
    return found


def _after_dots(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Each name that follows a dot, behind what stands before the dot."""
    for before, dot, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if dot.text == "." and token.kind in (Kind.WORD, Kind.QUOTED):
            yield before, token


def _after_values(tokens: Sequence[Token]) -> Iterator[str]:
    """The names, lower case, that PostgreSQL may call on a bracketed value, an element or a parameter."""
    for before, token in _after_dots(tokens):
        if before.text in (")", "]") or before.kind is Kind.VARIABLE:
            yield token.text.lower()


def _is_column(name: str) -> bool:
    return name in _OUTPUTS or name in HARMLESS["postgres"]


def _over_function_rows(tree: exp.Expr) -> Iterator[str]:
    """A function's row may be a bare value, and `alias.name` a call on it."""
    plain, of_functions = _row_names(tree)
    for column in tree.find_all(exp.Column):
        rows, name = column.table.lower(), column.name.lower()
        if not rows or isinstance(column.this, exp.Star) or (rows in plain and rows not in of_functions):
            continue
        if name != rows and name not in of_functions.get(rows, ()) and not _is_column(name):
            yield name


def _row_names(tree: exp.Expr) -> tuple[set[str], dict[str, set[str]]]:
    """The names, lower case, of plain rows (tables, sub-queries), and of functions' rows with their listed columns."""
    plain, of_functions = {"excluded", "old", "new"}, dict[str, set[str]]()
    for rows in tree.find_all(exp.Table, exp.Subquery, exp.Lateral, exp.Unnest, exp.Values, exp.CTE):
        name = rows.alias_or_name.lower()
        source = rows.this if isinstance(rows, (exp.Table, exp.Lateral)) else rows
        if isinstance(source, exp.Unnest) or _gives_values(source) or rows.args.get("rows_from") or _is_keyword(rows):
            alias = rows.args.get("alias")
            listed = alias.columns if isinstance(alias, exp.TableAlias) else []
            of_functions.setdefault(name, set()).update(column.name.lower() for column in listed)
        else:
            plain.add(name)
    return plain, of_functions


def _gives_values(source: exp.Expr | None) -> bool:
    """Whether these are the rows of a function that may give bare values, not records."""
    if not isinstance(source, exp.Func) or isinstance(source, _WITH_COLUMNS):
        return False
    return not (isinstance(source, exp.Anonymous) and source.name.lower() in _RECORDS)


def _is_keyword(rows: exp.Expr) -> bool:
    name = rows.this
    return isinstance(name, exp.Identifier) and not name.args.get("quoted") and name.name.lower() in _KEYWORD_ROWS


def _of_no_table(tree: exp.Expr) -> Iterator[str]:
    """Oracle calls a function without parameters by its bare name."""
    for column, visible, aliases in _columns_in_scope(tree):
        if isinstance(column.this, exp.Star):
            continue
        if column.table:
            if column.table.lower() not in visible:
                yield ".".join(part.name for part in column.parts).lower()
        elif visible <= {"dual"} and column.name.lower() not in _ORACLE_NAMES | aliases:
            yield column.name.lower()


_Names = frozenset[str]


def _columns_in_scope(tree: exp.Expr) -> Iterator[tuple[exp.Column, _Names, _Names]]:
    """Each column, with the rows that it can belong to and the aliases that its query gives, in lower case."""
    waiting: list[tuple[exp.Expr, _Names, _Names]] = [(tree, frozenset(), frozenset())]
    while waiting:
        node, visible, aliases = waiting.pop()
        if isinstance(node, exp.Column):
            yield node, visible, aliases
        visible = _seen_inside(node, visible)
        if isinstance(node, exp.Select):
            aliases = frozenset(item.alias.lower() for item in node.expressions if isinstance(item, exp.Alias))
        waiting.extend((child, visible, aliases) for child in node.iter_expressions())


def _seen_inside(node: exp.Expr, visible: _Names) -> _Names:
    """The rows that a part of the node can name: not those beside a source, save for a lateral one."""
    joined = isinstance(node.parent, exp.Join) and node.arg_key == "this" and not isinstance(node, exp.Lateral)
    if joined or isinstance(node, (exp.CTE, exp.From)):
        visible = frozenset()
    if isinstance(node, exp.Select):
        return visible | {rows.alias_or_name.lower() for rows in _sources(node)}
    if isinstance(node, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        return visible | {rows.alias_or_name.lower() for rows in node.find_all(exp.Table, exp.Subquery)}
    if isinstance(node, exp.Pivot) and isinstance(node.parent, (exp.Table, exp.Subquery)):
        rows = node.parent.this if isinstance(node.parent, exp.Table) else node.parent
        return visible | {rows.alias_or_name.lower()}
    return visible


def _sources(query: exp.Select) -> Iterator[exp.Expr]:
    start = query.args.get("from_")
    if start is not None:
        yield start.this
    yield from (join.this for join in query.args.get("joins") or ())
    yield from query.args.get("laterals") or ()
