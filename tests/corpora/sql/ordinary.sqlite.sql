SELECT id, name FROM users WHERE name LIKE 'a%' ORDER BY name COLLATE NOCASE LIMIT 10 OFFSET 20
SELECT "double", [bracket], `back` FROM "my table" AS t
SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
SELECT strftime('%Y-%m', created_at) AS month, count(*) FROM orders GROUP BY month
SELECT date('now', '-7 days'), datetime('now', 'localtime'), julianday('now') - julianday(created_at), unixepoch() FROM t
SELECT json_extract(data, '$.name'), data ->> '$.city', data -> 'tags', json_array_length(data, '$.items') FROM documents
SELECT d.id, j.key, j.value FROM documents d, json_each(d.data, '$.items') AS j
SELECT t.fullkey, t.atom FROM documents, json_tree(documents.data) AS t WHERE t.atom IS NOT NULL
SELECT group_concat(tag, ', '), total(amount), max(a, b), min(a), avg(x) FROM t GROUP BY y
SELECT ifnull(a, 0), iif(a > 1, 'x', 'y'), typeof(a), coalesce(a, b), nullif(a, b), printf('%05d', a), quote(a), hex(b) FROM t
WITH RECURSIVE cnt(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM cnt WHERE x < 100) SELECT x FROM cnt
WITH cnt(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM cnt LIMIT 10) SELECT x FROM cnt
SELECT row_number() OVER (PARTITION BY a ORDER BY b), sum(c) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING) FROM t
SELECT sum(x) FILTER (WHERE y > 0) FROM t
SELECT * FROM pragma_table_info('users')
SELECT m.name, p.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p
SELECT snippet(ft), bm25(ft) FROM ft WHERE ft MATCH 'open AND policy' ORDER BY rank
SELECT substr(name, 1, 3), instr(name, 'a'), replace(name, 'a', 'b'), trim(name), upper(name), length(name), unicode(name) FROM t
SELECT a || ' ' || b, a % 3, a << 2, ~a, -a, NOT a, a IS NOT b, a NOTNULL, b ISNULL FROM t
SELECT * FROM t WHERE a IN (1, 2, 3) AND b BETWEEN 1 AND 5 AND c GLOB '*x*' AND d NOT IN (SELECT id FROM u)
SELECT * FROM a LEFT JOIN b USING (id) CROSS JOIN c NATURAL JOIN d
SELECT x'53514C697465', 0x1F, 1e3, .5, 5., 'it''s', NULL, TRUE, CURRENT_TIMESTAMP
SELECT :name, @name, $name, ?, ?1 FROM t
VALUES (1, 2), (3, 4)
SELECT a FROM t UNION SELECT b FROM u INTERSECT SELECT c FROM v ORDER BY 1
SELECT last_insert_rowid(), changes(), total_changes(), sqlite_version(), random(), abs(random() % 10)
SELECT CASE a WHEN 1 THEN 'x' END, CAST(a AS REAL), round(a, 2), abs(a), likely(a), EXISTS (SELECT 1) FROM t
SELECT a --comment without a space
SELECT a /* comment */ FROM t INDEXED BY i WHERE a = 'x; y'
SELECT * FROM main.users WHERE rowid = 5 AND _rowid_ > 1 AND name = "bob"
SELECT DISTINCT a, b FROM (SELECT * FROM t ORDER BY a) WHERE (a, b) = (1, 2) LIMIT 5
SELECT sqrt(a), ln(a), pow(a, 2), floor(a), sin(a), pi() FROM t
SELECT value FROM generate_series(1, 10, 2)
