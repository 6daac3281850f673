"""How many rows a query is proven to give at most."""

import pytest

from mcp_opa.facts.sql import read

PROVEN = [
    ("postgres", "SELECT a FROM t LIMIT 10", 10),
    ("postgres", "SELECT a FROM t LIMIT 0", 0),
    ("postgres", "SELECT a FROM t LIMIT 10 OFFSET 5", 10),
    ("postgres", "SELECT a FROM t OFFSET 5 LIMIT 10", 10),
    ("postgres", "SELECT a FROM t FETCH FIRST 10 ROWS ONLY", 10),
    ("postgres", "SELECT a FROM t OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY", 10),
    ("postgres", "SELECT a FROM t UNION SELECT b FROM u LIMIT 10", 10),
    ("postgres", "(SELECT a FROM t LIMIT 10)", 10),
    ("postgres", "(SELECT a FROM t LIMIT 100) LIMIT 10", 10),
    ("postgres", "SELECT a FROM (SELECT a FROM t) x LIMIT 10", 10),
    ("postgres", "WITH x AS (SELECT a FROM t) SELECT a FROM x LIMIT 10", 10),
    ("postgres", "SELECT generate_series(1, 1000) LIMIT 10", 10),
    ("postgres", "SELECT top, percent FROM t LIMIT 10", 10),
    ("mysql", "SELECT a FROM t LIMIT 5, 10", 10),
    ("sqlite", "SELECT a FROM t LIMIT 10 OFFSET 5", 10),
    ("tsql", "SELECT TOP 10 a FROM t", 10),
    ("tsql", "SELECT TOP (10) a FROM t", 10),
    ("tsql", "SELECT DISTINCT TOP 10 a FROM t", 10),
    ("tsql", "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY", 10),
    ("oracle", "SELECT a FROM t FETCH FIRST 10 ROWS ONLY", 10),
    ("any", "SELECT id FROM t LIMIT 10", 10),
    ("any", "SELECT count(*) FROM t", 1),
    ("postgres", "SELECT count(*) AS n, sum(a), avg(a), min(a), max(a) FROM t WHERE a > 1", 1),
    ("postgres", "SELECT count(DISTINCT a) FILTER (WHERE a > 1) FROM t HAVING count(*) > 1", 1),
    ("sqlite", "SELECT max(a), group_concat(b) FROM t", 1),
]
UNPROVEN = [
    ("postgres", "SELECT a FROM t"),
    ("postgres", "SELECT a FROM t LIMIT ALL"),
    ("postgres", "SELECT a FROM t LIMIT NULL"),
    ("postgres", "SELECT a FROM t LIMIT -1"),
    ("postgres", "SELECT a FROM t LIMIT +1"),
    ("postgres", "SELECT a FROM t LIMIT 1 + 1"),
    ("postgres", "SELECT a FROM t LIMIT (10)"),
    ("postgres", "SELECT a FROM t LIMIT (SELECT 10)"),
    ("postgres", "SELECT a FROM t LIMIT $1"),
    ("postgres", "SELECT a FROM t LIMIT '10'"),
    ("postgres", "SELECT a FROM t LIMIT 10.0"),
    ("postgres", "SELECT a FROM t LIMIT 1e1"),
    ("postgres", "SELECT a FROM t LIMIT 0x10"),
    ("postgres", "SELECT a FROM t LIMIT 10::int"),
    ("postgres", "SELECT a FROM t LIMIT 1000000000000000"),
    ("postgres", "SELECT a FROM t OFFSET 10"),
    ("postgres", "SELECT a FROM t FETCH FIRST ROW ONLY"),
    ("postgres", "SELECT a FROM t FETCH FIRST 10 ROWS WITH TIES"),
    ("oracle", "SELECT a FROM t FETCH FIRST 10 PERCENT ROWS ONLY"),
    ("mysql", "SELECT a FROM t LIMIT ?"),
    ("mysql", "SELECT a FROM t LIMIT @a"),
    ("sqlite", "SELECT a FROM t LIMIT :a"),
    ("sqlite", "SELECT a FROM t LIMIT -1 OFFSET 10"),
    ("tsql", "SELECT TOP 10 PERCENT a FROM t"),
    ("tsql", "SELECT TOP (10) PERCENT a FROM t"),
    ("tsql", "SELECT TOP 10 WITH TIES a FROM t ORDER BY a"),
    ("tsql", "SELECT TOP (@n) a FROM t"),
    ("tsql", "SELECT TOP (5 + 5) a FROM t"),
    ("tsql", "SELECT a FROM t UNION ALL SELECT TOP 10 b FROM u"),
    ("tsql", "SELECT TOP 10 a FROM t UNION ALL SELECT b FROM u"),
    ("tsql", "SELECT TOP 5 a FROM t ORDER BY a OFFSET 0 ROWS FETCH NEXT 10 ROWS ONLY"),
    ("postgres", "(SELECT a FROM t LIMIT 10) UNION ALL SELECT b FROM u"),
    ("postgres", "(SELECT a FROM t LIMIT 10) UNION ALL (SELECT b FROM u LIMIT 10)"),
    ("postgres", "SELECT a FROM (SELECT a FROM t LIMIT 10) x"),
    ("postgres", "SELECT a FROM t WHERE b IN (SELECT b FROM u LIMIT 10)"),
    ("postgres", "WITH x AS (SELECT a FROM t LIMIT 10) SELECT a FROM x"),
    ("postgres", "SELECT a FROM t -- LIMIT 10"),
    ("postgres", "SELECT a FROM t WHERE b = 'LIMIT 10'"),
    ("postgres", "SELECT count(*) FROM t GROUP BY a"),
    ("postgres", "SELECT count(*) FROM t GROUP BY ()"),
    ("postgres", "SELECT count(*) OVER () FROM t"),
    ("postgres", "SELECT count(*), a FROM t"),
    ("postgres", "SELECT count(*), generate_series(1, 9) FROM t"),
    ("postgres", "SELECT count(*) + 1 FROM t"),
    ("postgres", "SELECT coalesce(sum(a), 0) FROM t"),
    ("postgres", "SELECT *, count(*) FROM t"),
    ("postgres", "SELECT count(*) FROM t UNION ALL SELECT a FROM t"),
    ("postgres", "SELECT my.count(a) FROM t"),
    ("postgres", "SELECT unnest(a) FROM t"),
    ("postgres", "SELECT 1"),
    ("postgres", "VALUES (1)"),
    ("sqlite", "SELECT max(a, b) FROM t"),
    ("sqlite", "SELECT min(a, b), count(*) FROM t"),
    ("postgres", "EXPLAIN SELECT a FROM t LIMIT 10"),
    ("postgres", "DELETE FROM t RETURNING a"),
    ("mysql", "DELETE FROM t LIMIT 10"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "text", "rows"), PROVEN)
def test_a_plain_limit_of_the_outermost_query_is_proof(dialect: str, text: str, rows: int) -> None:
    fact = read(text, dialect)
    assert (fact["known"], fact["rows"]) == (True, rows)


@pytest.mark.parametrize(("dialect", "text"), UNPROVEN)
def test_nothing_else_is_proof(dialect: str, text: str) -> None:
    assert read(text, dialect).get("rows") is None
