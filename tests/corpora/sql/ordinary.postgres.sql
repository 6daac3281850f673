SELECT id, name, email FROM users WHERE active ORDER BY created_at DESC LIMIT 50
SELECT u.name, count(o.id) AS orders, sum(o.total)::numeric(12, 2) AS revenue FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.name HAVING sum(o.total) > 1000
WITH monthly AS (SELECT date_trunc('month', created_at) AS month, sum(total) AS revenue FROM orders GROUP BY 1) SELECT month, revenue, lag(revenue) OVER (ORDER BY month) AS previous FROM monthly
WITH RECURSIVE tree AS (SELECT id, parent_id, name, 1 AS depth FROM categories WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, c.name, t.depth + 1 FROM categories c JOIN tree t ON c.parent_id = t.id) SELECT * FROM tree
SELECT data->>'name' AS name, data#>>'{address,city}' AS city FROM documents WHERE data @> '{"active": true}' AND data ? 'email'
SELECT jsonb_array_elements(data->'items')->>'sku' AS sku FROM orders
SELECT e.key, e.value FROM documents d, jsonb_each_text(d.data) AS e WHERE e.key LIKE 'addr%'
SELECT d::date FROM generate_series('2024-01-01'::date, '2024-12-31'::date, '1 day'::interval) AS d
SELECT u.id, last.total FROM users u CROSS JOIN LATERAL (SELECT total FROM orders o WHERE o.user_id = u.id ORDER BY created_at DESC LIMIT 1) AS last
SELECT DISTINCT ON (user_id) user_id, created_at, status FROM events ORDER BY user_id, created_at DESC
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY latency) FROM requests WHERE at > now() - interval '1 hour'
SELECT count(*) FILTER (WHERE status = 'paid') AS paid, count(*) FILTER (WHERE status = 'open') AS open FROM invoices
SELECT region, product, sum(amount) FROM sales GROUP BY ROLLUP (region, product)
SELECT region, product, sum(amount), grouping(region) FROM sales GROUP BY GROUPING SETS ((region), (product), ())
SELECT id, row_number() OVER w, rank() OVER w, avg(score) OVER (PARTITION BY class ORDER BY at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM results WINDOW w AS (PARTITION BY class ORDER BY score DESC)
SELECT array_agg(tag ORDER BY tag) AS tags, string_agg(DISTINCT author, ', ') FROM posts WHERE 'sql' = ANY (tags)
SELECT unnest(ARRAY['a', 'b', 'c']) AS letter
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['x', 'y']) WITH ORDINALITY AS t(n, s, i)
SELECT regexp_replace(phone, '[^0-9]', '', 'g') AS digits FROM contacts WHERE phone ~ '^\+?[0-9 ]+$' AND name !~* 'test'
SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI'), extract(dow FROM created_at), age(now(), created_at) FROM users
SELECT created_at AT TIME ZONE 'Europe/Berlin' FROM users WHERE created_at BETWEEN '2024-01-01' AND '2024-02-01'
SELECT coalesce(nickname, split_part(name, ' ', 1)) AS who, nullif(trim(both ' ' from bio), '') AS bio FROM users
SELECT CASE WHEN total >= 100 THEN 'large' WHEN total >= 10 THEN 'medium' ELSE 'small' END AS size, count(*) FROM orders GROUP BY 1 ORDER BY 2 DESC
SELECT title, ts_rank(search, q) FROM posts, websearch_to_tsquery('english', 'open policy') AS q WHERE search @@ q ORDER BY 2 DESC LIMIT 10
SELECT (SELECT max(total) FROM orders WHERE user_id = u.id) AS best FROM users AS u
SELECT id FROM a EXCEPT SELECT id FROM b UNION ALL (SELECT id FROM c INTERSECT SELECT id FROM d) ORDER BY id
VALUES (1, 'one'), (2, 'two')
TABLE users
SELECT v.id, v.label FROM (VALUES (1, 'one'), (2, 'two')) AS v(id, label)
SELECT schemaname, relname, n_live_tup FROM pg_stat_user_tables ORDER BY n_live_tup DESC
SELECT pg_size_pretty(pg_total_relation_size('public.users')), pg_relation_size('users'::regclass)
SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'users'
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'public.users'::regclass
SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'users'::regclass
SELECT current_user, current_database(), current_setting('server_version'), version()
SELECT md5(email), encode(sha256(email::bytea), 'hex'), gen_random_uuid(), random() FROM users
SELECT greatest(a, b), least(a, b), abs(a - b), round(a / nullif(b, 0), 2), width_bucket(a, 0, 100, 10) FROM numbers
SELECT json_build_object('id', id, 'tags', json_agg(tag)) FROM posts GROUP BY id
SELECT r.a, r.b FROM json_to_recordset('[{"a":1,"b":"x"}]') AS r(a int, b text)
SELECT E'it\'s' AS a, $$it's$$ AS b, $tag$a $$ b$tag$ AS c, 'it''s' AS d
SELECT "Name", "Total. Sales" FROM "Report" WHERE "Année" = 2024 AND "John's" IS NULL
SELECT имя, größe FROM пользователи WHERE ort = 'Köln'
SELECT a /* a comment; with a semicolon */ FROM t -- and a tail: it's fine
SELECT * FROM orders TABLESAMPLE SYSTEM (10) WHERE id IN (SELECT order_id FROM refunds) AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.order_id = orders.id)
SELECT id FROM users WHERE (first, last) = ('Ada', 'Lovelace') AND id = $1
SELECT pg_catalog.now(), pg_catalog.count(*) FROM t
SELECT a[1], a[2:3], array_length(a, 1), a || ARRAY[4], cardinality(a) FROM arrays WHERE a && ARRAY[1, 2]
SELECT tsrange(lower(during), upper(during)) FROM bookings WHERE during && tsrange('2024-01-01', '2024-02-01')
SELECT status::order_status, x::text::int, CAST(y AS timestamptz) FROM t WHERE name ILIKE '%a%' ESCAPE '!'
SELECT * FROM ONLY parent NATURAL JOIN child FULL OUTER JOIN other USING (id) FETCH FIRST 10 ROWS ONLY
SELECT corr(x, y), regr_slope(y, x), stddev_samp(x), var_pop(x), mode() WITHIN GROUP (ORDER BY x) FROM points
SELECT make_interval(days => 3), date_part('year', d), date_bin('15 minutes', ts, timestamp '2001-01-01') FROM t
SELECT host(ip), masklen(ip), ip << inet '10.0.0.0/8' FROM connections
SELECT xpath('/a/b/text()', doc), xmlelement(name p, title) FROM docs
SELECT similarity(name, 'jon'), levenshtein(name, 'jon'), unaccent(name) FROM people WHERE name % 'jon'
SELECT id, embedding <-> '[1,2,3]' AS distance FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 5
SELECT st_asgeojson(geom), st_distance(geom, st_setsrid(st_makepoint(13.4, 52.5), 4326)) FROM places WHERE st_dwithin(geom, st_point(1, 2), 100)
