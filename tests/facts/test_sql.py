"""What the SQL fact says of a statement, whole values."""

import pytest

from mcp_opa.facts.sql import DIALECTS, read
from mcp_opa.model import Json


def known(
    *operations: str, tables: tuple[str, ...] = (), functions: tuple[str, ...] = (), rows: int | None = None
) -> Json:
    named = [{"name": name, "last": name.rpartition(".")[2].casefold()} for name in tables]
    return {
        "known": True,
        "operations": list(operations),
        "tables": named,
        "functions": list(functions),
        "rows": rows,
    }


def unknown(problem: str) -> Json:
    return {"known": False, "problem": problem}


ODD_NAME = "a table's quoted name with spaces around it or letters that a database may fold"
UNKNOWN = [
    ("postgres", "", "no statement"),
    ("postgres", "SELECT 1; SELECT 2", "several statements"),
    ("postgres", "GRANT ALL ON t TO x", "a statement that isn't known: Grant"),
    ("postgres", "VACUUM", "a statement that isn't known: Command"),
    ("postgres", "a = 1", "a statement that isn't known: EQ"),
    ("postgres", "SELECT FROM WHERE", "not a statement of this dialect, or none that is known"),
    ("postgres", "SELECT (1", "brackets that don't match"),
    ("postgres", "SELECT (1]", "brackets that don't match"),
    ("postgres", "SELECT " + "(" * 51 + "1" + ")" * 51, "brackets deeper than 50"),
    ("postgres", "SELECT " + "- " * 25 + "1", "- over and over"),
    ("postgres", "SELECT * FROM a" + " JOIN b" * 11, "more than 10 joins without a condition"),
    ("postgres", "SELECT " + "ARRAY[" * 6 + "]" * 6, "more than 5 types or arrays one inside the other"),
    ("postgres", "SELECT " + "a." * 11 + "a", "a name of more than 10 parts"),
    ("postgres", "SELECT '" + "a" * 32_768 + "'", "longer than 32768 bytes"),
    ("postgres", "SELECT 1\x00", "a NUL character"),
    ("postgres", "SELECT \x0c1", "something that can't be read with certainty, at character 8"),
    ("postgres", "SELECT /* /* */ 1", "a comment inside a comment"),
    ("postgres", "SELECT /*! 1 */ 1", "an executable comment"),
    ("mysql", "SELECT /*+ SET_VAR(a=1) */ 1", "a hint that sets something"),
    ("postgres", "SELECT 1 -- a\x0bb", "a comment that a control character could end"),
    ("postgres", "SELECT \u017f", "a letter that looks like another one, or none, outside quotes"),
    ("postgres", 'SELECT "a;b"', "a quoted name with a sign that could end it"),
    ("sqlite", "SELECT 'f'(1)", "a string or a number used as a name"),
    ("sqlite", "SELECT * FROM x.'t'", "a string used as a name"),
    ("sqlite", "SELECT $a(1)", "a variable that is called"),
    (
        "mysql",
        "SELECT '\\' OR 1 -- '",
        "a backslash before a quote, which another mode of the server reads otherwise: double it",
    ),
    ("tsql", "SELECT a FROM t KILL", "several statements: KILL begins one"),
    ("sqlite", "SELECT 1 WHERE a IN t", "IN and a bare name, which may be a table"),
    ("mysql", "SELECT @a := 1", "an assignment"),
    ("tsql", "SELECT @a = 1", "an assignment"),
    ("tsql", "SELECT NEXT VALUE FOR s", "a part that isn't known: NextValueFor"),
    ("tsql", "SELECT * FROM t WITH (SPATIAL_WINDOW)", "a table hint that isn't known"),
    ("tsql", "SELECT * FROM @t", "something other than a name in the place of a table"),
    ("postgres", "CREATE SCHEMA s", "CREATE of something else than a table, a view or an index"),
    ("postgres", "DROP FUNCTION f", "DROP of something else than a table, a view or an index"),
    ("postgres", "SELECT * FROM values x", "VALUES without a list, which may be a table"),
    ("postgres", 'SELECT * FROM "a.b"', "a table whose quoted name holds a dot"),
    ("mysql", "SHOW INDEX FROM `a.b`", "a table whose quoted name holds a dot"),
    ("postgres", f"SELECT * FROM {'a' * 64}", "a table's name longer than the database keeps"),
    ("any", "SELECT * FROM t WITH (NOLOCK)", "a table hint that isn't known"),
    ("tsql", "SELECT * FROM t CROSS APPLY secrets", "APPLY or LATERAL and a bare name, which may be a table"),
    (
        "tsql",
        "SELECT * FROM t OUTER APPLY db.dbo.[secrets] s",
        "APPLY or LATERAL and a bare name, which may be a table",
    ),
    ("oracle", "SELECT * FROM t CROSS APPLY secrets s", "APPLY or LATERAL and a bare name, which may be a table"),
    ("any", "SELECT max(s.a) FROM t CROSS APPLY secrets s", "APPLY or LATERAL and a bare name, which may be a table"),
    ("postgres", "SELECT * FROM t, LATERAL secrets", "APPLY or LATERAL and a bare name, which may be a table"),
    ("tsql", "SELECT * FROM [secrets ]", ODD_NAME),
    ("tsql", "SELECT * FROM [\uff53ecrets]", ODD_NAME),
    ("tsql", "SELECT * FROM [secr\u00adets]", ODD_NAME),
    ("sqlite", "SELECT * FROM pragma_optimize LIMIT 5", "a PRAGMA in the place of a table"),
    ("no such dialect", "SELECT 1", "the parser failed: KeyError"),
]


@pytest.mark.parametrize(("dialect", "text", "problem"), UNKNOWN)
def test_what_is_not_understood_says_why(dialect: str, text: str, problem: str) -> None:
    assert read(text, dialect) == unknown(problem)


KNOWN = [
    ("SELECT a FROM t", known("SELECT", tables=("t",))),
    ("SELECT a FROM t;", known("SELECT", tables=("t",))),
    ("(SELECT a FROM t)", known("SELECT", tables=("t",))),
    ("VALUES (1)", known("SELECT")),
    ("TABLE t", known("SELECT", tables=("t",))),
    ("SELECT a FROM t UNION SELECT b FROM s.u", known("SELECT", tables=("s.u", "t"))),
    ("SELECT a INTO u FROM t", known("CREATE", "SELECT", tables=("t", "u"))),
    ("SELECT a FROM t FOR UPDATE", known("LOCK", "SELECT", tables=("t",))),
    ("SELECT f(a), g.h(a), now() FROM t", known("SELECT", tables=("t",), functions=("f", "g.h"))),
    ("WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", known("DELETE", "SELECT", tables=("t",))),
    ("INSERT INTO t VALUES (1)", known("INSERT", tables=("t",))),
    ("INSERT INTO t (a, b) SELECT a, b FROM u", known("INSERT", "SELECT", tables=("t", "u"))),
    ("INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", known("INSERT", "UPDATE", tables=("t",))),
    ("INSERT INTO t VALUES (nextval('s'))", known("INSERT", tables=("t",), functions=("nextval",))),
    ("UPDATE t SET a = 1 WHERE b IN (SELECT b FROM u)", known("SELECT", "UPDATE", tables=("t", "u"))),
    ("DELETE FROM t WHERE a = 1", known("DELETE", tables=("t",))),
    (
        "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
        known("INSERT", "MERGE", "UPDATE", tables=("t", "u")),
    ),
    ("TRUNCATE TABLE t", known("TRUNCATE", tables=("t",))),
    ("CREATE TABLE t (a int, b text NOT NULL)", known("CREATE", tables=("t",))),
    ("CREATE VIEW v AS SELECT a FROM t", known("CREATE", "SELECT", tables=("t", "v"))),
    ("CREATE INDEX i ON t (a)", known("CREATE", tables=("t",))),
    ("DROP TABLE t", known("DROP", tables=("t",))),
    ("ALTER TABLE t DROP COLUMN a", known("ALTER", "DROP", tables=("t",))),
    ("EXPLAIN SELECT a FROM t LIMIT 5", known("EXPLAIN", "SELECT", tables=("t",))),
    ("EXPLAIN ANALYZE DELETE FROM t", known("ANALYZE", "DELETE", "EXPLAIN", tables=("t",))),
    ("EXPLAIN (FORMAT JSON, ANALYZE) SELECT f(1)", known("ANALYZE", "EXPLAIN", "SELECT", functions=("f",))),
    ("SHOW search_path", known("SHOW")),
]


@pytest.mark.parametrize(("text", "fact"), KNOWN)
def test_a_statement_of_postgres_is_told_whole(text: str, fact: Json) -> None:
    assert read(text, "postgres") == fact


OTHERS = [
    ("mysql", "REPLACE INTO t VALUES (1)", known("REPLACE", tables=("t",))),
    ("sqlite", "INSERT OR REPLACE INTO t VALUES (1)", known("INSERT", "REPLACE", tables=("t",))),
    ("mysql", "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2", known("INSERT", "UPDATE", tables=("t",))),
    ("mysql", "SELECT a FROM t LOCK IN SHARE MODE", known("LOCK", "SELECT", tables=("t",))),
    ("mysql", "SELECT a INTO @b FROM t", unknown("something other than a name in the place of a table")),
    ("mysql", "SELECT LAST_INSERT_ID()", known("SELECT")),
    ("mysql", "SELECT LAST_INSERT_ID(5)", known("SELECT", functions=("last_insert_id",))),
    ("mysql", "SELECT now()", known("SELECT")),
    ("mysql", "SELECT now ()", known("SELECT", functions=("now",))),
    ("mysql", "SELECT count (*) FROM t", known("SELECT", tables=("t",), rows=1)),
    ("mysql", "SHOW FULL TABLES FROM db LIKE 'a%'", known("SHOW")),
    ("mysql", "SHOW COLUMNS FROM db.t", known("SHOW", tables=("db.t",))),
    ("mysql", "SHOW CREATE TABLE t", known("SHOW", tables=("t",))),
    ("mysql", "SHOW TABLES WHERE sleep(5)", unknown("a statement that isn't known: Show")),
    ("mysql", "DESCRIBE t", known("DESCRIBE", tables=("t",))),
    ("mysql", "EXPLAIN t", known("DESCRIBE", tables=("t",))),
    ("mysql", "EXPLAIN FORMAT = JSON SELECT 1", known("EXPLAIN", "SELECT")),
    ("sqlite", "SELECT * FROM fsdir WHERE path = 'x'", known("SELECT", tables=("fsdir",), functions=("fsdir",))),
    ("sqlite", "EXPLAIN QUERY PLAN SELECT 1", known("EXPLAIN", "SELECT")),
    ("tsql", "SELECT a FROM t WITH (UPDLOCK)", known("LOCK", "SELECT", tables=("t",))),
    ("tsql", "SELECT * FROM (SELECT TOP 5 a FROM t) x", known("SELECT", tables=("t",))),
    ("tsql", "SELECT a FROM dbo.t (NOLOCK)", known("SELECT", tables=("dbo.t",))),
    ("tsql", "SELECT f(NOLOCK) FROM t (NOLOCK)", known("SELECT", tables=("t",), functions=("f", "t"))),
    ("tsql", "SELECT a FROM #t, ##u, db..v", known("SELECT", tables=("##u", "#t", "db.v"))),
    ("oracle", "SELECT e.a FROM e, d WHERE e.x = d.x (+)", known("SELECT", tables=("d", "e"))),
]


@pytest.mark.parametrize(("dialect", "text", "fact"), OTHERS)
def test_a_statement_of_another_dialect_is_told_whole(dialect: str, text: str, fact: Json) -> None:
    assert read(text, dialect) == fact


def test_without_a_dialect_every_reading_must_give_the_same() -> None:
    assert read("SELECT id FROM t LIMIT 10", "any") == known("SELECT", tables=("t",), rows=10)
    assert read("SELECT now() FROM t", "any") == known("SELECT", tables=("t",), functions=("now",))
    text = "WITH t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT a FROM t"
    assert read(text, "any") == unknown("sqlite reads it otherwise than postgres: state sql_dialect")


def test_without_a_dialect_nothing_is_known_that_one_dialect_does_not_know() -> None:
    texts = [
        "SELECT 1",
        "SELECT [a] FROM t",
        "SELECT `a` FROM t",
        "SELECT $$a$$",
        "SELECT @a := 1",
        "SELECT TOP 5 a FROM t",
    ]
    for text in texts:
        known_in_all = all(read(text, dialect)["known"] for dialect in DIALECTS)
        assert read(text, "any")["known"] is known_in_all, text


def test_a_quoted_name_with_a_dot_is_fine_where_no_table_is_meant() -> None:
    assert read('SELECT a AS "Total. Sales" FROM t', "postgres") == known("SELECT", tables=("t",))


def test_the_last_part_of_a_table_is_folded_and_the_name_is_as_written() -> None:
    fact = read('SELECT 1 FROM Public."Users", STRASSE, "Straße"', "postgres")
    assert fact["tables"] == [
        {"name": "Public.Users", "last": "users"},
        {"name": "STRASSE", "last": "strasse"},
        {"name": "Straße", "last": "strasse"},
    ]
