SELECT `id`, `name` FROM `users` WHERE `active` = 1 ORDER BY `created_at` DESC LIMIT 10, 20
SELECT u.name, COUNT(o.id) AS orders, IFNULL(SUM(o.total), 0) AS revenue FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id WITH ROLLUP
SELECT DATE_FORMAT(created_at, '%Y-%m') AS month, SUM(total) FROM orders WHERE created_at >= DATE_SUB(CURDATE(), INTERVAL 1 YEAR) GROUP BY month
SELECT DATEDIFF(NOW(), created_at), TIMESTAMPDIFF(HOUR, created_at, NOW()), YEAR(created_at), WEEKDAY(created_at), UNIX_TIMESTAMP(created_at) FROM users
SELECT CONCAT(first_name, ' ', last_name) AS name, CONCAT_WS(', ', city, country), UPPER(LEFT(name, 1)), SUBSTRING_INDEX(email, '@', -1) FROM users
SELECT GROUP_CONCAT(DISTINCT tag ORDER BY tag SEPARATOR ', ') FROM tags GROUP BY post_id
SELECT name->>'$.first' AS first, JSON_EXTRACT(data, '$.items[0].sku'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.a')) FROM documents WHERE JSON_CONTAINS(data, '1', '$.ids')
SELECT j.sku FROM orders, JSON_TABLE(items, '$[*]' COLUMNS (sku VARCHAR(20) PATH '$.sku', qty INT PATH '$.qty')) AS j
SELECT "double quoted text", 'it''s', 'it\'s', "say ""hi""", 'C:\\dir\\' FROM dual
SELECT a FROM t # a comment to the end of the line
SELECT a -- a comment with a space
SELECT a /* a block comment with 'quotes" and ; */ FROM t
SELECT IF(a > b, 'x', 'y'), CASE status WHEN 1 THEN 'open' ELSE 'closed' END, NULLIF(a, b), COALESCE(a, b, 0) FROM t
WITH ranked AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY created_at DESC) AS rn FROM orders) SELECT * FROM ranked WHERE rn = 1
WITH RECURSIVE seq AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM seq WHERE n < 12) SELECT n FROM seq
SELECT * FROM products WHERE MATCH(title, body) AGAINST('+fast -slow' IN BOOLEAN MODE)
SELECT * FROM users WHERE email REGEXP '^[a-z]+@' AND name NOT LIKE 'test%' AND phone RLIKE '[0-9]'
SELECT REPLACE(name, 'a', 'b'), TRUNCATE(price, 2), INSERT('Quadratic', 3, 4, 'What'), MOD(a, 3), a DIV 2, a % 3 FROM t
SELECT @@version, @@session.time_zone, @rank FROM t
SELECT DISTINCT SQL_NO_CACHE a FROM t FORCE INDEX (idx_a) WHERE a <=> NULL
SELECT STR_TO_DATE('01,5,2013', '%d,%m,%Y'), CAST('5' AS UNSIGNED), CONVERT('x' USING utf8mb4), CONVERT(a, CHAR(10)) FROM t
SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = DATABASE()
SELECT a FROM t UNION ALL SELECT b FROM u ORDER BY 1 LIMIT 5
SELECT MD5(email), SHA2(email, 256), HEX(id), UUID(), INET_ATON(ip), CRC32(name), BIN_TO_UUID(uid) FROM users
SELECT STDDEV(x), VARIANCE(x), BIT_OR(flags), JSON_ARRAYAGG(name), JSON_OBJECTAGG(k, v), ANY_VALUE(c) FROM t
SELECT FIELD(status, 'a', 'b'), ELT(2, 'a', 'b'), FIND_IN_SET('a', tags), LPAD(id, 5, '0'), REVERSE(name), ASCII('a'), CHAR_LENGTH(name) FROM t
SELECT NOW() - INTERVAL 7 DAY, LAST_DAY(d), MAKEDATE(2024, 60), DAYNAME(d), QUARTER(d), EXTRACT(YEAR_MONTH FROM d), d + INTERVAL 1 MONTH FROM t
SELECT * FROM a NATURAL JOIN b STRAIGHT_JOIN c ON a.x = c.x RIGHT JOIN d USING (id)
SELECT (SELECT COUNT(*) FROM orders o WHERE o.user_id = u.id) AS n FROM users u HAVING n > 3
SELECT * FROM t WHERE (a, b) IN ((1, 2), (3, 4)) AND NOT a XOR b AND a & 1 AND a << 2 AND !c
SELECT LAST_INSERT_ID(), FOUND_ROWS(), ROW_COUNT(), CONNECTION_ID(), USER(), VERSION()
SELECT ST_Distance_Sphere(POINT(1, 2), location) AS d FROM places WHERE ST_Contains(area, POINT(1, 2)) ORDER BY d
SELECT X'4D7953514C', 0x41, b'1010', N'text', _utf8mb4'text', 1.5e3, .5, -1, TRUE, NULL
SELECT a$b, größe FROM `my table` WHERE `key` = 'v' AND `group` IS NOT NULL
SELECT LAG(total, 1, 0) OVER (ORDER BY id), NTILE(4) OVER w, FIRST_VALUE(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY c)
SELECT * FROM orders PARTITION (p2024) WHERE total BETWEEN 1 AND 5
SELECT 1 FROM t WHERE d > '2024-01-01' AND name COLLATE utf8mb4_bin = 'x' AND BINARY name = 'y'
SELECT TIME_TO_SEC(t), SEC_TO_TIME(5), ADDDATE(d, 31), PERIOD_DIFF(200802, 200703), FROM_UNIXTIME(x), CONVERT_TZ(d, 'UTC', 'Europe/Berlin') FROM t
SELECT 17 MEMBER OF('[23, "abc", 17]'), JSON_OVERLAPS(a, b) FROM t
SELECT * FROM (VALUES ROW(1, 2), ROW(3, 4)) AS v(a, b)
