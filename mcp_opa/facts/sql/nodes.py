"""The parts of a statement that are known: what reads, joins and computes, and what a change consists of.

A kind of node that isn't here makes a statement unknown, whatever it does. Functions are nodes too; they are judged by
their names, in `calls` and `columns`.
"""

from __future__ import annotations

from sqlglot import exp

_QUERY_TEXT = """
Adjacent Alias All Any AtTimeZone Boolean Bracket Collate CTE CharacterSet Column ColumnDef ColumnPrefix Connect Cube
DataType DataTypeParam Distance Distinct Dot Escape Except ExtendsLeft ExtendsRight Fetch Filter ForClause FormatJson
From Group GroupingSets Having HistoricalData Identifier IgnoreNulls In IndexTableHint Intersect Interval IntervalSpan
Into Introducer JSON JSONColumnDef JSONExtractQuote JSONKeyValue JSONPath JSONPathFilter JSONPathKey JSONPathRecursive
JSONPathRoot JSONPathScript JSONPathSelector JSONPathSlice JSONPathSubscript JSONPathUnion JSONPathWildcard JSONSchema
JSONValue Join Kwarg Lambda Lateral Limit LimitOptions Literal Lock Match National Neg Not Null ObjectIdentifier
Offset OnCondition OpenJSONColumnDef Order Ordered OverflowTruncateBehavior Parameter Paren Pivot PivotAlias
Placeholder Prior PropertyEQ PseudoType Pseudocolumn QueryOption QueryTransform RespectNulls Rollup Select
SessionParameter Slice Star Subquery Table TableAlias TableSample Tuple Union UnpivotColumns Values Var Variadic
Version Where Window WindowSpec With WithTableHint WithinGroup XMLNamespace PathColumnConstraint RecursiveWithSearch
XMLKeyValueOption Partition DistanceNd
"""
_OPERATOR_TEXT = """
Add Between BitString BitwiseAnd BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor ByteString DPipe
Div EQ GT GTE Glob HexString ILike IntDiv Is LT LTE Like Mod Mul NEQ NullSafeEQ NullSafeNEQ Overlaps SimilarTo Sub
UnicodeString
"""
_CHANGE_TEXT = """
AddConstraint Alter AlterColumn AlterRename AutoIncrementColumnConstraint Check CheckColumnConstraint
CollateColumnConstraint ColumnConstraint Constraint Create DefaultColumnConstraint Delete Drop ForeignKey
GeneratedAsIdentityColumnConstraint Index IndexParameters Insert Merge NotNullColumnConstraint OnConflict PrimaryKey
PrimaryKeyColumnConstraint Properties Reference RenameColumn Returning Schema TemporaryProperty TruncateTable
UniqueColumnConstraint Update When Whens
"""
KNOWN = frozenset(getattr(exp, name) for name in (_QUERY_TEXT + _OPERATOR_TEXT + _CHANGE_TEXT).split())

STATEMENTS = (
    exp.Select,
    exp.SetOperation,
    exp.Subquery,
    exp.Values,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.TruncateTable,
    exp.Create,
    exp.Drop,
    exp.Alter,
)
"""What a text may be as a whole; a bare expression is none of them."""

OPERATIONS: dict[type[exp.Expr], str] = {
    exp.Select: "SELECT",
    exp.Values: "SELECT",
    exp.Insert: "INSERT",
    exp.Update: "UPDATE",
    exp.Delete: "DELETE",
    exp.Merge: "MERGE",
    exp.TruncateTable: "TRUNCATE",
    exp.Create: "CREATE",
    exp.Into: "CREATE",
    exp.Drop: "DROP",
    exp.Alter: "ALTER",
    exp.Lock: "LOCK",
}

_TABLE_HINT_TEXT = """
FORCESCAN FORCESEEK HOLDLOCK NOEXPAND NOLOCK NOWAIT PAGLOCK READCOMMITTED READCOMMITTEDLOCK READPAST READUNCOMMITTED
REPEATABLEREAD ROWLOCK SERIALIZABLE SNAPSHOT TABLOCK TABLOCKX UPDLOCK XLOCK
"""
TABLE_HINTS = frozenset(_TABLE_HINT_TEXT.split())


_SOURCES = (exp.Table, exp.Subquery, exp.Lateral, exp.Values, exp.Unnest)
"""What may stand in the place of a table: tables are looked for in these."""


def problem(node: exp.Expr, dialect: str) -> str | None:
    """Why a node makes its statement unknown, in a few words; None where it doesn't."""
    if isinstance(node, exp.NextValueFor) or (type(node) not in KNOWN and not isinstance(node, exp.Func)):
        return f"a part that isn't known: {type(node).__name__}"
    if _assigns(node, dialect):
        return "an assignment"
    hints = {hint.name.upper() for hint in node.expressions} if isinstance(node, exp.WithTableHint) else set()
    match node:
        case exp.In() if node.args.get("field"):
            return "IN and a bare name, which may be a table"
        case exp.Lateral() if not isinstance(node.this, (exp.Subquery, exp.Func)):
            return "APPLY or LATERAL and a bare name, which may be a table"
        case exp.From() | exp.Join() if not isinstance(node.this, _SOURCES):
            return f"FROM or JOIN and a {type(node.this).__name__}, which may be a table"
        case exp.Create() | exp.Drop() if not _makes_known(node):
            return f"{type(node).__name__.upper()} of something else than a table, a view or an index"
        case exp.WithTableHint() if dialect != "tsql" or not hints <= TABLE_HINTS:
            return "a table hint that isn't known"
    return None


def _assigns(node: exp.Expr, dialect: str) -> bool:
    """`@a := 1`, and T-SQL's `SELECT @a = 1`; in PostgreSQL `:=` names a function's argument."""
    if isinstance(node, exp.PropertyEQ):
        return dialect != "postgres" or not isinstance(node.parent, exp.Func)
    variable = isinstance(node, exp.EQ) and isinstance(node.this, (exp.Parameter, exp.Placeholder))
    return variable and isinstance(node.parent, exp.Select)


def _makes_known(node: exp.Expr) -> bool:
    kind = str(node.args.get("kind")).upper()
    return kind in ("TABLE", "VIEW", "INDEX") or (kind == "COLUMN" and isinstance(node.parent, exp.Alter))
