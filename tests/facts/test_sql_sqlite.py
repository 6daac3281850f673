"""What the fact says of a statement against what SQLite itself is about to do, over statements cut up and mixed at random."""

import random
import re
import sqlite3

import pytest

from mcp_opa.facts.sql import read
from mcp_opa.facts.sql.vocabulary import HARMLESS

SCHEMA = """
create table t(a, b, c); create table u(a, x, y); create table secret(a, b);
create table users(id integer primary key, name, email, active); create view v as select a, b from t;
create virtual table ft using fts5(body);
"""
STATEMENTS = [
    "SELECT a, b FROM t WHERE a > 5 ORDER BY b LIMIT 10",
    "SELECT * FROM t JOIN u ON t.a = u.a LEFT JOIN users ON users.id = t.b",
    "WITH secret AS (SELECT 1 AS a) SELECT * FROM secret",
    "WITH x AS (SELECT a FROM t) SELECT x.a FROM x, u WHERE x.a = u.a",
    "SELECT count(*), group_concat(name, ', ') FROM users WHERE name LIKE '%a%' GROUP BY active HAVING count(*) > 2",
    "SELECT name, row_number() OVER (PARTITION BY active ORDER BY id DESC) AS rn FROM users",
    "SELECT j.key, j.value, name ->> '$.b' FROM users, json_each(users.name) j",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10) SELECT n FROM c",
    "SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END, coalesce(b, 0), \"c\", [a], `b` FROM t -- tail",
    "SELECT * FROM (SELECT a, max(b) FROM t GROUP BY a) AS s WHERE EXISTS (SELECT 1 FROM u WHERE u.a = s.a)",
    "SELECT x.* FROM t AS x, main.u, v /* comment */ WHERE x.a IN ('a', 'b''c')",
    "SELECT a FROM t UNION SELECT a FROM u EXCEPT SELECT a FROM secret",
    "INSERT INTO t (a, b) VALUES (1, 2)",
    "INSERT INTO users (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    "REPLACE INTO t VALUES (1, 2, 3)",
    "UPDATE t SET a = 1 WHERE b = (SELECT max(a) FROM u)",
    "DELETE FROM t WHERE a IN (SELECT a FROM u) RETURNING a",
    "CREATE TABLE z AS SELECT * FROM t",
    "DROP TABLE t",
]
PIECES = [
    *("evil(1)", "evil /**/ (1)", '"evil"(1)', "[evil](2)", "`evil`(3)", "'evil'(1)", "load_extension('x')", "evil--x\n(1)"),
    *("/*", "*/", "/*!", "--", "--\n", "'", '"', "[", "]", "`", "\\", "''", "x'", "#", "$", "@", "::", "\r", "\f", "\u00a0"),
    *("; DELETE FROM t", "INSERT INTO t SELECT 1, 2, 3", "INTO x", "REPLACE", "DELETE", "UPDATE", "FROM", "SELECT", "WITH"),
    *("(SELECT a FROM secret)", "secret", "main.secret", "'secret'", '"secret"', "[secret]", "IN secret", "secret.a"),
    *("UNION ALL SELECT a FROM secret", "WITH secret AS (SELECT 1)", "AS secret", "(", ")", ",", ".", "over(1)", "values(1)"),
]  # fmt: skip
TOKEN = re.compile(r"\s+|'(?:[^']|'')*'|\"[^\"]*\"|\w+|.", re.DOTALL)
OPERATORS = {"->", "->>", "like", "glob", "match", "regexp"}
CHANGES = {
    *(sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_CREATE_TABLE),
    *(sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_PRAGMA),
}


class Database:
    """A SQLite that tells what a statement would do, and does none of it."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str | None, str | None]] = []
        self.connection = sqlite3.connect(":memory:", cached_statements=0)
        self.connection.executescript(SCHEMA)
        for name in ("evil", "over", "values"):
            self.connection.create_function(name, -1, lambda *_: 1)
        self.connection.set_authorizer(self.authorize)

    def authorize(
        self, action: int, first: str | None, second: str | None, _base: str | None, inner: str | None
    ) -> int:
        if inner is None and not (first or "").startswith(("sqlite_", "ft_", "json_", "pragma_")):
            self.seen.append((action, first, second))
        return sqlite3.SQLITE_OK

    def effects(self, text: str) -> tuple[bool, set[str], set[str]] | None:
        """Whether it changes anything, the functions that it calls and the tables that it reads; None if it is refused."""
        self.seen.clear()
        try:
            self.connection.execute(f"EXPLAIN {text}", {"name": 1}).close()
        except (sqlite3.Error, sqlite3.Warning, ValueError):
            return None
        changes = any(action in CHANGES for action, _, _ in self.seen)
        functions = {str(name).lower() for action, _, name in self.seen if action == sqlite3.SQLITE_FUNCTION}
        tables = {str(name).lower() for action, name, _ in self.seen if action == sqlite3.SQLITE_READ}
        return changes, functions - HARMLESS["sqlite"] - OPERATORS, tables


def mixed(chance: random.Random) -> str:
    tokens = TOKEN.findall(chance.choice(STATEMENTS))
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
        at = chance.randrange(len(tokens) + 1)
        if chance.random() < 0.3:
            other = TOKEN.findall(chance.choice(STATEMENTS))
            start = chance.randrange(len(other))
            tokens[at:at] = other[start : start + chance.randint(1, 12)]
        else:
            tokens[at:at] = [" ", chance.choice(PIECES), chance.choice(["", " "])]
    return "".join(tokens)


@pytest.mark.parametrize("seed", range(4))
def test_what_sqlite_would_do_the_fact_has_said(seed: int) -> None:
    chance, database = random.Random(seed), Database()  # noqa: S311  a test that can be run again
    judged = 0
    for text in (mixed(chance) for _ in range(1500)):
        fact, effects = read(text, "sqlite"), database.effects(text)
        if effects is None or not fact["known"]:
            continue
        judged += 1
        changes, functions, tables = effects
        named = {table["last"] for table in fact["tables"]} | ({"t"} if "v" in text else set())
        given = {name.lower() for name in re.findall(r"(?i)(\w+)\W*(?:\([\w, ]*\))?\s+as\s*\(", text)}
        assert not changes or fact["operations"] != ["SELECT"], text
        assert functions <= set(fact["functions"]), text
        assert tables - given <= named | set(fact["functions"]), text
    assert judged > 200
