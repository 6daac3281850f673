"""The SQL operations that a policy may name: the words that the facts about a statement can hold.

Guarantees: upper case, one word each. Knows nothing of dialects or of how a statement is read.
"""

OPERATIONS = frozenset(
    (
        *("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "ALTER", "DROP", "TRUNCATE"),
        *("GRANT", "REVOKE", "EXPLAIN", "SHOW", "DESCRIBE", "SET", "LOCK", "COPY", "CALL", "ANALYZE", "VACUUM"),
        *("PRAGMA", "ATTACH", "DETACH", "USE", "COMMENT", "TRANSACTION"),
    )
)
"""Every operation that `allowed_operations` may list."""

UNDERSTOOD = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE", "LOCK"))
"""Those whose statements are understood; others are refused as unknown, whatever a policy allows."""

READING = frozenset({"SELECT", "EXPLAIN", "SHOW", "DESCRIBE"})
"""Those that change nothing; any other contradicts `access: read`."""

DEFAULT_READ = ("SELECT",)
"""What a grant to read gets if `allowed_operations` isn't given."""

DEFAULT_WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE")
"""The same for a grant to write."""
