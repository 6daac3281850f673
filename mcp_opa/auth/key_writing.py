"""A key's hash put into the text of a file of keys.

Guarantees: what comes out holds the keys that were there, the new one and nothing else, which is read back before it is
given; every other line, comments too, stays as it was. Writes no file.
"""

from __future__ import annotations

import json
import re

from pydantic import TypeAdapter, ValidationError

from mcp_opa.auth import AuthError
from mcp_opa.auth.key_file import Key, parse
from mcp_opa.policy import reader, scalars, words
from mcp_opa.policy.node import Node

_HEAD = (
    "# Who may call: actor, and hashes of its keys. `mcp-opa keys new ACTOR` adds one; taking a line out revokes it.\n"
)
_EXPIRY: TypeAdapter[int] = TypeAdapter(words.Expiry)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def with_key(raw: bytes, name: str, key: Key, expires: str | None = None) -> bytes:
    """The file's bytes with one key more; `expires` is how its moment is written. Raises `AuthError`."""
    if told := next(filter(None, map(words.id_problem, (key.subject.id, *key.subject.groups))), None):
        raise AuthError(told)
    text = raw.decode("utf-8", "replace")
    begun = bool(re.search(r"^[ \t]*[^#\s]", text, re.MULTILINE))
    before = parse(raw, name).keys if begun else ()
    made = _inserted(text if begun else text or _HEAD, key.subject.id, _entry(key, expires)).encode()
    if sorted(map(repr, parse(made, name).keys)) != sorted(map(repr, (*before, key))):
        raise AuthError(
            f"{name}: a key can't be added there without touching the rest; write it as YAML, and the keys of"
            f" {key.subject.id} as a list, one a line"
        )
    return made


def moment(expires: str) -> int:
    """The seconds since 1970 that a date stands for. Raises `AuthError`."""
    try:
        return _EXPIRY.validate_python(expires)
    except ValidationError as error:
        told = error.errors()[0]["ctx"]
        raise AuthError(f"{told['message']}; {told['mend']}") from error


def _entry(key: Key, expires: str | None) -> str:
    hashed = f"sha256:{key.digest.hex()}"
    said = {"expires": expires, "groups": list(key.subject.groups)}
    rest = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items() if value]
    return f"{{{', '.join([f'key: {hashed}', *rest])}}}" if rest else hashed


def _inserted(text: str, actor: str, entry: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    root = reader.read(text, "")[0]
    node = root.fields.get(actor) if root else None
    if root is None or node is None:
        plain = _PLAIN.fullmatch(actor) and scalars.read(actor) == scalars.Word(actor)
        lines.append(f"{actor if plain else json.dumps(actor, ensure_ascii=False)}:\n  - {entry}\n")
    else:
        _join(lines, node, root.keys[actor][0], entry)
    return "".join(lines)


def _join(lines: list[str], node: Node, key_line: int, entry: str) -> None:
    """Put an entry before an actor's others; lines that it doesn't fit into are left as they are."""
    first = node.items[0] if node.items else node
    before = lines[first.line - 1][: first.column - 1]
    if node.items and before.strip() == "-":
        lines.insert(first.line - 1, f"{before}{entry}\n")
    elif not node.items and node.line == key_line:
        stated = lines[node.line - 1][node.column - 1 :]
        lines[node.line - 1] = f"{before.rstrip()}\n  - {entry}\n  - {stated}"
