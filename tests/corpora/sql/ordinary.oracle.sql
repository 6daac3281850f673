SELECT id, name FROM users WHERE ROWNUM <= 10
SELECT id, name FROM users ORDER BY created_at DESC FETCH FIRST 10 ROWS ONLY
SELECT SYSDATE, SYSTIMESTAMP, USER, CURRENT_DATE FROM dual
SELECT TO_CHAR(hired, 'YYYY-MM-DD'), TO_DATE('2024-01-01', 'YYYY-MM-DD'), TRUNC(hired, 'MM'), ADD_MONTHS(hired, 3), MONTHS_BETWEEN(SYSDATE, hired), LAST_DAY(hired), NEXT_DAY(hired, 'MONDAY') FROM employees
SELECT NVL(a, 0), NVL2(a, 'x', 'y'), DECODE(status, 1, 'open', 2, 'closed', 'other'), COALESCE(a, b), GREATEST(a, b) FROM t
SELECT SUBSTR(name, 1, 3), INSTR(name, 'a'), LENGTH(name), INITCAP(name), LPAD(id, 5, '0'), TRIM(name), REPLACE(name, 'a', 'b'), a || ' ' || b FROM t
SELECT LISTAGG(name, ', ') WITHIN GROUP (ORDER BY name) FROM employees GROUP BY dept_id
SELECT employee_id, manager_id, LEVEL, SYS_CONNECT_BY_PATH(name, '/') FROM employees START WITH manager_id IS NULL CONNECT BY PRIOR employee_id = manager_id
SELECT LEVEL AS n FROM dual CONNECT BY LEVEL <= 10
SELECT dept_id, salary, RANK() OVER (PARTITION BY dept_id ORDER BY salary DESC), RATIO_TO_REPORT(salary) OVER (PARTITION BY dept_id) FROM employees
SELECT MAX(salary) KEEP (DENSE_RANK FIRST ORDER BY hired) FROM employees GROUP BY dept_id
WITH d AS (SELECT dept_id, AVG(salary) AS avg_salary FROM employees GROUP BY dept_id) SELECT e.name, d.avg_salary FROM employees e JOIN d ON e.dept_id = d.dept_id
SELECT e.name, d.name FROM employees e, departments d WHERE e.dept_id = d.id (+)
SELECT REGEXP_SUBSTR(name, '[a-z]+', 1, 2), REGEXP_REPLACE(name, 'a', 'b'), REGEXP_COUNT(name, 'x') FROM t WHERE REGEXP_LIKE(name, '^a')
SELECT q'[it's]' AS a, q'{x}' AS b, N'text' AS c, DATE '2024-01-01' AS d, INTERVAL '1' DAY AS e FROM dual
SELECT "Mixed Case", owner, table_name FROM all_tables WHERE owner = 'HR'
SELECT sid, serial#, username FROM v$session WHERE status = 'ACTIVE'
SELECT a FROM t MINUS SELECT b FROM u
SELECT EXTRACT(YEAR FROM hired), CAST(a AS VARCHAR2(10)), TO_NUMBER('5'), ROUND(a, 2), MOD(a, 3), SIGN(a), CEIL(a) FROM t
SELECT * FROM t WHERE id = :id AND (a, b) IN (SELECT c, d FROM u) AND EXISTS (SELECT 1 FROM v WHERE v.id = t.id)
SELECT /*+ INDEX(e idx_name) PARALLEL(4) */ name FROM employees e
SELECT a, b, SUM(c) FROM t GROUP BY CUBE (a, b)
SELECT * FROM (SELECT dept, status FROM t) PIVOT (COUNT(*) FOR status IN ('A' AS active, 'I' AS inactive))
SELECT JSON_VALUE(data, '$.name'), JSON_QUERY(data, '$.items') FROM documents
SELECT MEDIAN(salary), STDDEV(salary), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY salary), COVAR_POP(a, b) FROM employees
SELECT SYS_CONTEXT('USERENV', 'SESSION_USER'), SYS_GUID(), ORA_HASH(name), RAWTOHEX(id), STANDARD_HASH(name, 'SHA256') FROM t
SELECT rowid, e.* FROM hr.employees e OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY
SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END AS c, COUNT(DISTINCT d) FROM t GROUP BY CASE WHEN a > 1 THEN 'x' ELSE 'y' END ORDER BY 1 NULLS LAST
SELECT a FROM t --comment
SELECT name FROM employees WHERE hired > TO_TIMESTAMP('2024-01-01', 'YYYY-MM-DD') AND name LIKE 'A%' ESCAPE '!' AND salary BETWEEN 1 AND 5
