"""The single values of a policy document: what each may be, and what to write instead.

Guarantees: a value that passes is safe to compile; one that doesn't is told in two sentences, what is wrong and how to
mend it. Looks at one value at a time: what values mean beside each other is `meaning.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from mcp_opa.policy import patterns
from mcp_opa.policy.operations import OPERATIONS
from mcp_opa.policy.problem import did_you_mean, shortened

LONGEST_TEXT = 256
LARGEST = 10**12
"""The largest number that a limit may have."""
MAX_SEGMENTS = 8
"""Segments of a pointer at most."""


def fault(message: str, mend: str) -> PydanticCustomError:
    """The error that a validator raises: what is wrong, and how to mend it."""
    return PydanticCustomError("policy", "{message}", {"message": message, "mend": mend})


def checked(problem: Callable[[str], str | None], example: str) -> AfterValidator:
    """A validator of texts from a function that says `what is wrong: what to write instead`, or None."""

    def check(text: str) -> str:
        if told := problem(text):
            message, _, mend = told.partition(": ")
            raise fault(f'"{shortened(text, 60)}": {message}', mend or f"write it like {example}")
        return text

    return AfterValidator(check)


def one_of(*known: str, otherwise: str) -> BeforeValidator:
    """A validator for a fixed choice of texts."""

    def check(value: Any) -> Any:  # noqa: ANN401  whatever the document holds
        if value in known if isinstance(value, str) else False:
            return value
        said = f'"{shortened(value, 60)}"' if isinstance(value, str) else "this"
        near = did_you_mean(value, known) if isinstance(value, str) else ""
        raise fault(f"{said} isn't one of {', '.join(known)}", f"{near + ' ' if near else ''}{otherwise}".strip())

    return BeforeValidator(check)


def segments(pointer: str) -> list[str]:
    """The segments of an argument's name or JSON pointer."""
    if not pointer.startswith("/"):
        return [pointer]
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def id_problem(text: str) -> str | None:
    """Why a text can't name an actor or a group, or None."""
    if not text:
        return "an id isn't empty: write a name, as `content-agent`"
    if len(text) > LONGEST_TEXT:
        return f"an id has at most {LONGEST_TEXT} characters: write a shorter one"
    if text.strip() != text or not text.isprintable():
        return "an id has no invisible characters, and no space at its ends: write it plainly, as `content-agent`"
    return None


def _contact_problem(text: str) -> str | None:
    if len(text) > LONGEST_TEXT or not text.isprintable():
        return (
            f"a contact is one line of at most {LONGEST_TEXT} characters: write an address, as `security@example.com`"
        )
    return None


def _pointer_problem(text: str) -> str | None:
    parts = segments(text)
    if "" in parts or not text.isprintable():
        return "an argument's name is plain text, and not empty: write a name, or a pointer like `/edits/*/newText`"
    if text.startswith("/") and re.search(r"~(?![01])", text):
        return "in a JSON pointer `~` is written `~0`, and `/` within a name `~1`: escape it"
    if not text.startswith("/") and (text.startswith("$") or set(text) & set("[]")):
        return "this is neither a name nor a JSON pointer: write `path`, or `/edits/*/newText`"
    if len(parts) > MAX_SEGMENTS:
        return f"a pointer has at most {MAX_SEGMENTS} segments: name something less deep"
    return _star_problem(parts)


def _star_problem(parts: list[str]) -> str | None:
    if any("*" in part and part != "*" for part in parts):
        return "`*` stands for each element of an array, not for part of a name: write `/edits/*/newText`"
    if parts[0] == "*":
        return "`*` stands for each element of an array, and the arguments are none: begin with an argument's name"
    return None


def _limit_problem(text: str) -> str | None:
    return "`*` names many values, and a limit is one: name one argument" if "*" in segments(text) else None


def _extension_problem(text: str) -> str | None:
    if not text.startswith(".") or text == ".":
        return f"an extension begins with its dot: write `.{text.lstrip('*.') or 'md'}`"
    if "." in text[1:] and not text.endswith("."):
        return f"a file's extension is its last suffix alone: write `.{text.rpartition('.')[2]}`"
    if not text.isprintable() or set(text) & set("*/\\?[]{} .") - {"."} or text.endswith("."):
        return "an extension has no patterns, separators or spaces: write each in full, as `.md`"
    return None


def _root_problem(text: str) -> str | None:
    if not text.startswith("/"):
        return "a root is an absolute folder: write it from `/` on, as `/srv/data`"
    if "*" in text:
        return "a root is one folder, not a pattern: write each root, and patterns under `allowed_paths`"
    if told := patterns.fault(text):
        return f"a root is a path in canonical form, and this {told}: write it plainly, as `/srv/data`"
    return None


def _scheme_problem(text: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", text):
        return f"a scheme is the word before the colon alone: write `{text.partition(':')[0] or 'https'}`"
    return None


def _function_problem(text: str) -> str | None:
    if text.lower().startswith("pg_catalog."):
        return f"functions of `pg_catalog` are named without it: write `{text.partition('.')[2]}`"
    if not re.fullmatch(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)*", text):
        return "a function is its name alone, without arguments or patterns: write `now`"
    return None


def _table_problem(text: str) -> str | None:
    if not text.isprintable() or set(text) & set("\"'`[]*%;()") or any(not part.strip() for part in text.split(".")):
        return "a table is named in full, without quotes or patterns: write `users`, or `public.users` with its schema"
    return None


def _denied_table_problem(text: str) -> str | None:
    if "." in text:
        return (
            f"denied tables match the last part of a name, in any schema: write `{text.rpartition('.')[2] or 'users'}`"
        )
    return _table_problem(text)


def _operation(text: str) -> str:
    if text.upper() in OPERATIONS:
        return text.upper()
    near = did_you_mean(text, sorted(OPERATIONS))
    raise fault(
        f'"{shortened(text, 60)}" is no SQL operation', near or f"the operations are {', '.join(sorted(OPERATIONS))}"
    )


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?( ?[Zz]| ?[-+]\d\d:\d\d)?")


def _expiry(value: Any) -> int:  # noqa: ANN401  whatever the document holds
    example = "write 2027-01-31, or 2027-01-31T18:00:00+01:00"
    if not isinstance(value, str) or not (_DATE.fullmatch(value) or _MOMENT.fullmatch(value)):
        raise fault(
            f"{'this' if not isinstance(value, str) else chr(34) + shortened(value, 60) + chr(34)} is no date", example
        )
    text = value.upper().replace(" ", "T", 1).replace(" ", "")
    try:
        moment = datetime.fromisoformat(text)
        if _DATE.fullmatch(value):
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is None:
            raise fault(f'"{value}" could be any time zone\'s', f"add an offset: {value}Z, or {value}+01:00")
        return int(moment.timestamp() // 1)
    except (ValueError, OverflowError) as error:
        if isinstance(error, PydanticCustomError):
            raise
        raise fault(f'"{value}" isn\'t in the calendar', example) from None


def _known_as(*examples: str) -> FieldInfo:
    """What editors are shown of a value."""
    shown: FieldInfo = Field(json_schema_extra={"examples": list(examples)})
    return shown


Id = Annotated[str, _known_as("content-agent"), checked(id_problem, "`content-agent`")]
Contact = Annotated[str, _known_as("security@example.com"), checked(_contact_problem, "`security@example.com`")]
Entry = Annotated[
    str, _known_as("read_file", "files/edit_file", "git_*"), checked(patterns.name_problem, "`read_file`")
]
Resource = Annotated[str, _known_as("file:///srv/docs/**"), checked(patterns.uri_problem, "`file:///srv/docs/**`")]
Root = Annotated[str, _known_as("/srv/data"), checked(_root_problem, "`/srv/data`")]
Extension = Annotated[str, _known_as(".md"), checked(_extension_problem, "`.md`")]
Pointer = Annotated[str, _known_as("path", "/edits/*/newText"), checked(_pointer_problem, "`path`")]
Limit = Annotated[Pointer, checked(_limit_problem, "`limit`")]
Operation = Annotated[
    str,
    Field(json_schema_extra={"enum": [*sorted(OPERATIONS), *sorted(map(str.lower, OPERATIONS))]}),
    AfterValidator(_operation),
]
Table = Annotated[str, _known_as("public.users"), checked(_table_problem, "`public.users`")]
DeniedTable = Annotated[str, _known_as("users"), checked(_denied_table_problem, "`users`")]
Function = Annotated[str, _known_as("now"), checked(_function_problem, "`now`")]
Scheme = Annotated[str, _known_as("https"), checked(_scheme_problem, "`https`")]
Host = Annotated[
    str, _known_as("api.example.com", "**.example.com"), checked(patterns.host_problem, "`api.example.com`")
]
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Expiry = Annotated[
    int,
    BeforeValidator(_expiry),
    WithJsonSchema({"type": "string", "examples": ["2027-01-31", "2027-01-31T18:00:00+01:00"]}),
]
"""Seconds since 1970; a date is the beginning of that day in UTC."""

DefaultAction = Annotated[
    Literal["DENY", "LOG_AND_ALLOW"],
    one_of("DENY", "LOG_AND_ALLOW", otherwise="write DENY, or LOG_AND_ALLOW for a monitored roll-out"),
]
Denial = Annotated[Literal["DENY"], one_of("DENY", otherwise="write DENY: what can't be decided is refused")]
Access = Annotated[Literal["read", "write"], one_of("read", "write", otherwise="write read or write")]
Scope = Annotated[Literal["any"], one_of("any", otherwise="write any, or state a scope such as `allowed_paths`")]
Dialect = Annotated[
    Literal["postgres", "mysql", "sqlite", "tsql", "oracle"],
    one_of("postgres", "mysql", "sqlite", "tsql", "oracle", otherwise="leave it out if it isn't one of these"),
]
Expectation = Annotated[Literal["allow", "deny"], one_of("allow", "deny", otherwise="write allow or deny")]
