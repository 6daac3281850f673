"""What the words of a statement say that it does, whatever a parser makes of them.

Guarantees: a verb that changes something, a target (`INTO`), a lock, or the start of a second statement (T-SQL wants
no semicolon between two) never goes unseen. It may see one where there is none, a column named `update`: that is a
refusal too many, never one too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mcp_opa.facts.sql.lexis import Kind, Token, Unreadable

_CHANGES = frozenset(
    {"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE"}
)
_NO_CHANGES = frozenset(
    {("INSERT", "("), ("REPLACE", "("), ("TRUNCATE", "("), ("MERGE", "JOIN"), ("FOR", "UPDATE"), ("KEY", "UPDATE")}
)
"""Functions of strings and numbers, a hint for joins, locks."""
_LOCK_HINTS = frozenset(
    {"UPDLOCK", "XLOCK", "TABLOCK", "TABLOCKX", "PAGLOCK", "ROWLOCK", "HOLDLOCK", "SERIALIZABLE", "REPEATABLEREAD"}
)
_LOCKS = frozenset({("FOR", "UPDATE"), ("FOR", "SHARE"), ("FOR", "NO"), ("FOR", "KEY"), ("LOCK", "IN")})
_STATEMENTS_TEXT = """
BACKUP BEGIN BULK CLOSE DBCC DEALLOCATE DECLARE DENY DISABLE DISK DUMP ENABLE EXEC EXECUTE GET GOTO IF KILL LINENO
LOAD MOVE OPEN PRINT RAISERROR READTEXT RECEIVE RESTORE SEND SETUSER UPDATETEXT USE WAITFOR WHILE WRITETEXT
"""
_STATEMENTS = frozenset(_STATEMENTS_TEXT.split())
_BARE_TEXT = """
BREAK CHECKPOINT COMMIT CONTINUE GO RECONFIGURE RETURN REVERT ROLLBACK SAVE SHUTDOWN THROW
"""
_BARE = frozenset(_BARE_TEXT.split())
"""Whole statements of one word; nobody gives them as a name without AS."""
_EXPECTS_NAME_TEXT = """
ALL AND ANY AS BETWEEN BY CASE CROSS DISTINCT ELSE ESCAPE EXCEPT EXISTS FROM FULL GROUP HAVING IN INDEX INNER
INTERSECT IS JOIN LEFT LIKE NOT NULLIF ON OR ORDER OUTER OVER PARTITION RIGHT SELECT SOME TABLE THEN TOP UNION VIEW
WHEN WHERE
"""
_EXPECTS_NAME = frozenset(_EXPECTS_NAME_TEXT.split())


def operations(tokens: Sequence[Token], dialect: str) -> set[str]:
    """The operations that the words name, whether or not a parser sees them: changes, and `LOCK`."""
    found = set()
    for at, token in enumerate(tokens):
        if token.kind is not Kind.WORD:
            continue
        before = tokens[at - 1].upper if at else ""
        after = tokens[at + 1].upper if at + 1 < len(tokens) else ""
        if (token.upper, after) in _LOCKS or (dialect == "tsql" and token.upper in _LOCK_HINTS):
            found.add("LOCK")
        elif (
            token.upper in _CHANGES
            and before != "."
            and not {(before, token.upper), (token.upper, after)} & _NO_CHANGES
        ):
            found.add(token.upper)
    if _updates_on_duplicates(tokens):
        found.add("UPDATE")
    return found


def targets(tokens: Sequence[Token]) -> int:
    """How often the words say `INTO`."""
    return sum(token.kind is Kind.WORD and token.upper == "INTO" for token in tokens)


def as_insert(tokens: Sequence[Token]) -> Sequence[Token]:
    """A statement that begins with REPLACE, with INSERT in its place: the rest is the same."""
    return [tokens[0]._replace(text="INSERT", upper="INSERT", plain="INSERT"), *tokens[1:]]


def refuse_run_on(tokens: Sequence[Token], dialect: str) -> None:
    """Raises `Unreadable` where T-SQL would begin another statement, and a parser sees an alias."""
    beginnings = _STATEMENTS | _BARE if dialect == "tsql" else _BARE
    for before, token in pairwise(tokens):
        if token.kind is Kind.WORD and token.upper in beginnings and ends_operand(before):
            raise Unreadable(f"several statements: {token.upper} begins one")


def ends_operand(token: Token) -> bool:
    """Whether a value, a name or a bracket may end with this token."""
    if token.kind is Kind.SIGN:
        return token.text in (")", "]", "*")
    return token.kind is not Kind.WORD or token.upper not in _EXPECTS_NAME


def _updates_on_duplicates(tokens: Sequence[Token]) -> bool:
    words = [token.upper for token in tokens]
    return any(words[at : at + 4] == ["ON", "DUPLICATE", "KEY", "UPDATE"] for at in range(len(words)))
