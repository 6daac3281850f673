SELECT id, name FROM users WHERE active = 1 ORDER BY name LIMIT 10
SELECT * FROM products WHERE price > 9.99 AND category IN ('a', 'b') LIMIT 100
SELECT count(*) FROM orders
SELECT status, count(*) AS n, sum(total), avg(total), min(total), max(total) FROM orders GROUP BY status HAVING count(*) > 5 ORDER BY n DESC LIMIT 20
SELECT u.id, u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE o.total >= 100 LIMIT 50
SELECT u.name, count(o.id) FROM users AS u LEFT JOIN orders AS o ON o.user_id = u.id GROUP BY u.name
WITH big AS (SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id) SELECT u.name, big.total FROM users u INNER JOIN big ON big.user_id = u.id
SELECT name FROM users WHERE id IN (SELECT user_id FROM orders WHERE total > 1000)
SELECT name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) AND NOT EXISTS (SELECT 1 FROM bans b WHERE b.user_id = u.id)
SELECT a FROM t UNION ALL SELECT b FROM u
SELECT DISTINCT country FROM customers WHERE name LIKE 'A%' OR email IS NULL
SELECT CASE WHEN total > 100 THEN 'large' ELSE 'small' END AS size, COALESCE(note, 'none') FROM orders
SELECT upper(name), lower(email), round(price, 2), abs(delta), replace(name, 'a', 'b'), trim(name), nullif(a, b) FROM t
SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY created_at DESC) AS rn FROM orders
SELECT CAST(price AS decimal(10, 2)) FROM products WHERE created_at BETWEEN '2024-01-01' AND '2024-12-31'
SELECT (SELECT max(total) FROM orders WHERE orders.user_id = u.id) AS best FROM users u
SELECT p.name, c.name FROM products p CROSS JOIN categories c WHERE p.price * 2 + 1 < 100 AND NOT (p.stock = 0)
SELECT open, close, volume FROM prices WHERE symbol = 'ABC' ORDER BY day DESC LIMIT 30
SELECT name, value FROM settings LIMIT 10
SELECT s.name FROM public.students s WHERE s.grade <> 'F'
SELECT id FROM users WHERE name = 'O''Brien' -- an apostrophe, doubled
SELECT id /* the key */ FROM users;
SELECT length(name), substr(name, 1, 3), concat(first, last) FROM users
SELECT greatest(a, b), least(a, b), mod(a, 2), sqrt(a), floor(a), ceil(a), power(a, 2) FROM t
SELECT extract(year FROM created_at) AS y, count(*) FROM orders GROUP BY extract(year FROM created_at)
SELECT "a b" FROM t
SELECT current_date, current_timestamp FROM t
SELECT lag(total) OVER (ORDER BY id), rank() OVER (ORDER BY total), sum(total) OVER (PARTITION BY a) FROM t
