"""A document's tree against its types, and each misfit told to a person.

Guarantees: `fitted` gives a value of the types, or all problems at once; a key that isn't known or has no value is one.
It knows no document: what a policy's keys are is `shape.py`'s, with the words from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

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
    for path, fault in faults(root, model):
        if not root.at(*path).faulty:
            found.setdefault(path, misfit(page, path, fault, _other_key(model, path)))
    if found:
        return None, list(found.values())
    return model.model_validate(root.value), []


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
