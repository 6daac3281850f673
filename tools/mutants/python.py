"""What can be changed in a Python module: what it decides by, what it gives back, what it raises.

Guarantees: every condition is taken for true and for false, every operand of `and` and `or` dropped, every other
comparison and `not` turned round, every bound and whole number moved by one, every `True` and `False` exchanged, every
result made None, and every `raise` and every call that stands alone dropped. Texts and types are left as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.mutants.mutant import Mutant, numbered, placed

_TURNED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
}
_BOUNDS = ast.Lt | ast.LtE | ast.Gt | ast.GtE
_DECLARED = ("annotation", "returns", "decorator_list", "bases")
Change = tuple[str, ast.AST, str]


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of one file."""
    return numbered(_File(path).mutants())


class _File:
    def __init__(self, path: Path) -> None:
        self._name = placed(path)
        self._raw = path.read_bytes()
        self._lines = self._raw.splitlines(keepends=True)

    def mutants(self) -> Iterator[Mutant]:
        for within, change, place, new in self._below(ast.parse(self._raw), "module"):
            yield Mutant(self._name, self._raw, within, change, *self._span(place), new.encode())

    def _below(self, parent: ast.AST, within: str) -> Iterator[tuple[str, str, ast.AST, str]]:
        for field, value in ast.iter_fields(parent):
            for node in value if isinstance(value, list) else [value]:
                if field in _DECLARED or not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                    continue
                inner = within
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    inner = node.name if within == "module" else f"{within}.{node.name}"
                changes = self._condition(node) if field in ("test", "ifs") else self._changes(node, parent)
                yield from ((inner, *change) for change in changes)
                yield from self._below(node, inner)

    def _condition(self, node: ast.AST) -> Iterator[Change]:
        yield "take for true", node, "True"
        yield "take for false", node, "False"
        yield from self._operands(node)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], _BOUNDS):
            yield from self._turned(node)

    def _changes(self, node: ast.AST, parent: ast.AST) -> Iterator[Change]:
        yield from self._operands(node)
        match node:
            case ast.Compare():
                yield from self._turned(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield "drop the not of", node, f"({self._text(operand)})"
            case ast.Constant(value=bool(value)):
                yield "exchange", node, str(not value)
            case ast.Constant(value=int(value)):
                yield "one more than", node, str(value + 1)
            case ast.Return(value=ast.expr() as result) if self._text(result) != "None":
                yield "return None for", result, "None"
            case ast.Raise() | ast.Expr(value=ast.Call() | ast.Await()) if not _all_of_it(parent):
                yield "drop", node, "pass"

    def _operands(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.BoolOp):
            for operand in node.values:
                yield "drop the operand", operand, str(isinstance(node.op, ast.And))

    def _turned(self, node: ast.Compare) -> Iterator[Change]:
        if len(node.ops) == 1:
            turned = _TURNED[type(node.ops[0])]
            left, right = self._text(node.left), self._text(node.comparators[0])
            yield f"say `{turned}` in", node, f"({left}) {turned} ({right})"

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._raw[start:end].decode()

    def _span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno) + node.col_offset, self._offset(node.end_lineno) + node.end_col_offset

    def _offset(self, row: int) -> int:
        return sum(len(line) for line in self._lines[: row - 1])


def _all_of_it(parent: ast.AST) -> bool:
    """Whether a statement is all that an `if` does: to drop it is to take the condition for false."""
    return isinstance(parent, ast.If) and len(parent.body) == 1 and not parent.orelse
