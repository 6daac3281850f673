"""A document's tree against its types, and each misfit told to a person.

Guarantees: `fitted` gives a value of the types, or all problems at once; a key that isn't known or has no value is one.
It knows no document: what a policy's keys are is `shape.py`'s, with the words from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mcp_opa.model import Json
from mcp_opa.policy.node import Node, Page, Path
from mcp_opa.policy.problem import Problem, did_you_mean, shortened

_Model = TypeVar("_Model", bound=BaseModel)
_EXPECTED = {
    "string_type": "a text",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def fitted(page: Page, model: type[_Model]) -> tuple[_Model | None, list[Problem]]:
    """The value that the document states (None if it states none), and what is wrong with it."""
    root = page.root
    if not isinstance(root.value, dict):
        mend = f"write `key: value` lines; the keys are {', '.join(keys(model))}"
        return None, [page.problem((), f"a mapping belongs here, and this is {kind(root)}", mend)]
    found = {path: page.problem(path, "this key has no value", NO_VALUE) for path in nulls(root, ())}
    sound = not found
    for path, fault in faults(root, model):
        sound = False
        node = root.at(*path)
        # Of what is faulty the reader has told; a list that seems too short for its odd items isn't.
        if not node.faulty and not (fault["type"] == "too_short" and node.items):
            other = _other_key(model, path) if fault["type"] == "extra_forbidden" else ""
            found.setdefault(path, misfit(page, path, fault, other))
    return (model.model_validate(root.value) if sound else None), list(found.values())


def editor_schema(model: type[BaseModel], title: str) -> Json:
    """The JSON Schema of a document, for editors."""
    made = model.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = title
    return _without_null(made)


def faults(root: Node, model: type[BaseModel]) -> Iterator[tuple[Path, ErrorDetails]]:
    """What pydantic complains of, and where."""
    try:
        model.model_validate(root.value)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            yield (fault["loc"][:-1] if fault["loc"][-1:] == ("[key]",) else fault["loc"]), fault


def misfit(page: Page, path: Path, fault: ErrorDetails, other_key: str) -> Problem:
    """One complaint in words; `other_key` is the advice for a key that isn't known."""
    context, complaint = fault.get("ctx", {}), fault["type"]
    if complaint == "policy":
        return page.problem(path, context["message"], context["mend"], key=fault["loc"][-1:] == ("[key]",))
    if complaint == "missing":
        return page.problem(path, f"the key `{path[-1]}` is missing", f"add `{path[-1]}: …`")
    if complaint == "extra_forbidden":
        return page.problem(path, "this key isn't known here", other_key, key=True)
    node = page.root.at(*path)
    if complaint in _BOUNDS:
        name, words = _BOUNDS[complaint]
        return page.problem(path, f"{node.value} is out of range", f"write {words} {context[name]}")
    if complaint == "too_short":
        return page.problem(path, "this list is empty", "write an item, or take the line out")
    expected = _EXPECTED.get(complaint, "something else")
    return page.problem(path, f"this is {kind(node)}, and {expected} belongs here", _retyped(expected, node))


def kind(node: Node) -> str:
    """What a value is, in words."""
    value = node.value
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a mapping"


def keys(model: type[BaseModel]) -> list[str]:
    """The keys of a type, as documents write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


NO_VALUE = "give it a value, or take the line out"


def nulls(node: Node, path: Path) -> Iterator[Path]:
    """Where null stands."""
    if node.value is None and path:
        yield path
    for key, child in node.fields.items():
        yield from nulls(child, (*path, key))
    for index, child in enumerate(node.items):
        yield from nulls(child, (*path, index))


def _retyped(expected: str, node: Node) -> str:
    value = node.value
    if expected == "a text" and isinstance(value, bool | int | float):
        return f'put it in quotes: "{str(value).lower()}"'
    if expected == "a list" and isinstance(value, str):
        return f'write ["{shortened(value, 60)}"]'
    if expected in ("a whole number", "a number", "true or false") and isinstance(value, str):
        return f"write it without quotes, as {'true' if expected == 'true or false' else 10}"
    if expected == "a mapping":
        return "write `key: value` lines, indented below the key"
    return f"write {expected}"


def _without_null(value: Json) -> Json:
    """A schema without null: a key that isn't stated is left out, not empty."""
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without_null(item) for key, item in value.items() if not (key == "default" and item is None)}
    choices = [choice for choice in kept.get("anyOf", []) if choice != {"type": "null"}]
    if isinstance(kept.get("anyOf"), list) and len(choices) == 1:
        del kept["anyOf"]
        return choices[0] | kept
    return kept


def _other_key(model: type[BaseModel], path: Path) -> str:
    known = keys(_model_at(model, path[:-1]))
    return did_you_mean(str(path[-1]), known) or f"the keys here are {', '.join(known)}"


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    for step in path:
        field = model.model_fields.get(str(step))
        inner = field and _model_in(field.annotation)
        model = inner or model
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model of `Model` or `Model | None`, or of such within a list or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
