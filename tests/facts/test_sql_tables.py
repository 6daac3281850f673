"""Which tables a statement names, whatever its CTEs are called."""

import pytest

from mcp_opa.facts.sql import read

TABLES = [
    ("postgres", "WITH a AS (SELECT 1) SELECT * FROM a", []),
    ("postgres", "WITH a AS (SELECT * FROM t) SELECT * FROM a, u", ["t", "u"]),
    ("postgres", "WITH a AS (SELECT * FROM a) SELECT * FROM a", ["a"]),
    ("postgres", "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a", []),
    ("postgres", "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", ["b"]),
    ("postgres", "WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", ["b"]),
    ("postgres", "WITH b AS (SELECT 1), a AS (SELECT * FROM b) SELECT * FROM a", []),
    ("postgres", "WITH a AS (SELECT 1) SELECT * FROM s.a", ["s.a"]),
    ("postgres", "SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", ["a"]),
    ("postgres", "(WITH a AS (SELECT 1) SELECT * FROM a) UNION SELECT * FROM a", ["a"]),
    ("postgres", "WITH a AS (SELECT 1) SELECT * FROM a UNION SELECT * FROM a", []),
    ("postgres", "WITH a AS (SELECT 1) SELECT * FROM t WHERE x IN (SELECT x FROM a)", ["t"]),
    ("postgres", "WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM b", ["b"]),
    ("postgres", 'WITH "A" AS (SELECT 1) SELECT * FROM a', ["a"]),
    ("postgres", 'WITH a AS (SELECT 1) SELECT * FROM "A"', ["A"]),
    ("postgres", 'WITH A AS (SELECT 1) SELECT * FROM "a"', []),
    ("postgres", "WITH a AS (SELECT 1) SELECT * FROM A", []),
    ("oracle", 'WITH a AS (SELECT 1 FROM dual) SELECT * FROM "a"', ["a", "dual"]),
    ("mysql", "WITH a AS (SELECT 1) SELECT * FROM A", ["A"]),
    ("tsql", "WITH a AS (SELECT 1 AS x) SELECT * FROM A", ["A"]),
    ("sqlite", 'WITH a AS (SELECT 1) SELECT * FROM "A"', []),
    ("tsql", "WITH a AS (SELECT 1 AS x UNION ALL SELECT x FROM a) SELECT * FROM a", []),
    ("sqlite", "WITH a AS (SELECT 1 AS x UNION SELECT x FROM a) SELECT * FROM a", []),
    ("oracle", "WITH a(x) AS (SELECT 1 FROM dual UNION ALL SELECT x FROM a) SELECT * FROM a", ["dual"]),
    ("oracle", "WITH a AS (SELECT 1 FROM dual UNION ALL SELECT x FROM a) SELECT * FROM a", ["a", "dual"]),
    ("mysql", "WITH a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a", ["a"]),
    ("postgres", "WITH a AS (SELECT 1) INSERT INTO a SELECT * FROM a", ["a"]),
    ("postgres", "WITH a AS (SELECT 1) DELETE FROM a", ["a"]),
    ("postgres", "WITH a AS (SELECT 1) UPDATE a SET x = 1", ["a"]),
    ("postgres", "WITH a AS (SELECT 1) SELECT * INTO a FROM t", ["a", "t"]),
    ("postgres", "SELECT * FROM generate_series(1, 2) AS g, json_each('{}') e", []),
    ("postgres", "SELECT (SELECT max(x) FROM u) FROM t ORDER BY (SELECT 1 FROM v)", ["t", "u", "v"]),
    ("postgres", "SELECT * FROM t JOIN LATERAL (SELECT * FROM u) x ON true", ["t", "u"]),
    ("postgres", "SELECT * FROM c.s.t, ONLY u", ["c.s.t", "u"]),
    ("postgres", "SELECT * FROM t AS secret, u secret2", ["t", "u"]),
    ("tsql", "SELECT * FROM srv.db.dbo.t", ["srv.db.dbo.t"]),
    ("tsql", "SELECT * FROM [my table] CROSS APPLY (SELECT * FROM u) x", ["my table", "u"]),
    ("mysql", "SELECT * FROM `my table` JOIN db.`t`", ["db.t", "my table"]),
    ("sqlite", "SELECT * FROM 'secret'", None),
    ("sqlite", "SELECT 1 WHERE 1 IN secret", None),
    ("sqlite", "SELECT 1 WHERE 1 IN main.secret", None),
    ("mysql", 'SELECT * FROM "secret"', None),
    ("postgres", "SELECT * FROM values x", None),
    ("postgres", 'SELECT * FROM "s.t"', None),
    ("tsql", "SELECT * FROM @t", None),
]


@pytest.mark.parametrize(("dialect", "text", "tables"), TABLES)
def test_a_name_in_the_place_of_a_table_is_the_table_unless_a_cte_certainly_hides_it(
    dialect: str, text: str, tables: list[str] | None
) -> None:
    fact = read(text, dialect)
    assert [table["name"] for table in fact["tables"]] == tables if fact["known"] else tables is None
