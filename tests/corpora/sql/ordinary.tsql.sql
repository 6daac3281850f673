SELECT TOP 10 id, name FROM dbo.users ORDER BY created_at DESC
SELECT TOP (10) WITH TIES id FROM users ORDER BY score DESC
SELECT [id], [Order Details].[Unit Price] FROM [dbo].[Order Details] WHERE [id] = 1
SELECT u.name, COUNT(o.id) AS orders, ISNULL(SUM(o.total), 0) AS revenue FROM users AS u LEFT JOIN orders AS o ON o.user_id = u.id GROUP BY u.name
SELECT id FROM users ORDER BY id OFFSET 20 ROWS FETCH NEXT 10 ROWS ONLY
SELECT DATEADD(day, -7, GETDATE()), DATEDIFF(hour, a, b), DATEPART(year, a), DATENAME(month, a), EOMONTH(a), YEAR(a), SYSUTCDATETIME() FROM t
SELECT CONVERT(VARCHAR(10), GETDATE(), 120), CAST(a AS DECIMAL(10, 2)), TRY_CAST(a AS INT), TRY_CONVERT(DATE, b), FORMAT(c, 'N2') FROM t
SELECT LEN(name), CHARINDEX('a', name), SUBSTRING(name, 1, 3), LEFT(name, 1), STUFF(name, 1, 2, 'x'), REPLACE(name, 'a', 'b'), LTRIM(RTRIM(name)), CONCAT(a, '-', b) FROM t
SELECT STRING_AGG(name, ', ') WITHIN GROUP (ORDER BY name) FROM t GROUP BY x
SELECT s.value FROM t CROSS APPLY STRING_SPLIT(t.tags, ',') AS s
SELECT j.[key], j.value FROM t CROSS APPLY OPENJSON(t.data) AS j
SELECT JSON_VALUE(data, '$.name'), JSON_QUERY(data, '$.items'), ISJSON(data) FROM t
SELECT u.id, x.total FROM users u OUTER APPLY (SELECT TOP 1 total FROM orders o WHERE o.user_id = u.id ORDER BY created_at DESC) AS x
WITH ranked AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY created_at DESC) AS rn FROM orders) SELECT * FROM ranked WHERE rn = 1
WITH tree AS (SELECT id, parent_id FROM c WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id FROM c JOIN tree ON c.parent_id = tree.id) SELECT * FROM tree OPTION (MAXRECURSION 100)
SELECT * FROM orders WITH (NOLOCK) WHERE total > 5
SELECT * FROM orders (NOLOCK)
SELECT IIF(a > b, 'x', 'y'), CHOOSE(2, 'a', 'b'), CASE WHEN a IS NULL THEN 0 ELSE a END, COALESCE(a, b), NULLIF(a, b) FROM t
SELECT N'unicode', 'it''s', 0x1F, 1.5e3, @param, @@VERSION, @@ROWCOUNT
SELECT name FROM sys.tables WHERE object_id = OBJECT_ID('dbo.users')
SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'
SELECT DB_NAME(), SUSER_SNAME(), USER_NAME(), HOST_NAME(), SERVERPROPERTY('Edition'), NEWID(), RAND(), SCOPE_IDENTITY()
SELECT * FROM #temp JOIN ##global ON #temp.id = ##global.id
SELECT a, SUM(b) FROM t GROUP BY ROLLUP (a)
SELECT a, b, SUM(c) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), LAG(c) OVER (ORDER BY b) FROM t
SELECT * FROM (SELECT year, quarter, amount FROM sales) AS s PIVOT (SUM(amount) FOR quarter IN ([Q1], [Q2])) AS p
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) OVER (PARTITION BY y) FROM t
SELECT id, name FROM users FOR JSON PATH
SELECT id, name FROM users FOR XML PATH('user')
SELECT a FROM t --comment
SELECT a /* outer comment */ FROM t WHERE a != 1 AND c <> 3 AND d % 2 = 0
SELECT DISTINCT a FROM db1.dbo.t1 EXCEPT SELECT b FROM db2..t2
SELECT * FROM t WHERE name LIKE '%[0-9]%' AND x IN (1, 2) AND EXISTS (SELECT 1 FROM u WHERE u.id = t.id) AND CONTAINS(body, 'policy')
SELECT HASHBYTES('SHA2_256', name), CHECKSUM(a), BINARY_CHECKSUM(a, b), UPPER(a), REVERSE(a), ASCII(a), UNICODE(a), QUOTENAME(a) FROM t
SELECT STDEV(x), VARP(x), COUNT_BIG(*), CHECKSUM_AGG(y), APPROX_COUNT_DISTINCT(z), GROUPING(a) FROM t GROUP BY CUBE (a)
SELECT v.id FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, name)
