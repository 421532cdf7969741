"""What a condition may say: a small part of CEL (Common Expression Language).

Comparisons, ``in``, ``&&``, ``||``, ``!`` and parentheses over variables, parameters and literals.
There is no arithmetic and no function, so that a condition which loads cannot go wrong later: what is
to be computed is computed in the figures, where it has a name and a test.

CEL evaluates, but it looks at types only where it comes by and takes ``"a" == 1`` for false. Therefore
types are checked here first, on a tree of Python's parser: what is allowed reads as Python once its
operators are written out.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from geo_jindu.rectification.variables import VARIABLES, Scalar

if TYPE_CHECKING:
    from cel import Program

LONGEST = 400
"""Characters of a condition; deep nesting ends with it."""

_TOKEN = re.compile(
    r"\s+|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)|\d{1,9}(?:\.\d{1,9})?(?![\w.])"
    r"|\"[^\"\\\n]*\"|'[^'\\\n]*'|&&|\|\||[<>=!]=|[<>!(),\[\]-]"
)
_IN_PYTHON = {"&&": "and", "||": "or", "!": "~", "true": "True", "false": "False"}
_KINDS: Mapping[type, str] = {bool: "bool", int: "number", float: "number", str: "text"}
_SAMPLES: Mapping[type, Scalar] = {bool: True, int: 1, float: 1.5, str: "sample"}


class Fault(NamedTuple):
    """What is wrong with a condition: key of a problem and what it quotes."""

    key: str
    values: Mapping[str, object]


def referred_names(condition: str) -> tuple[str, ...]:
    """Return the variables and parameters of a condition, each once, in the order they stand."""
    found = (match["name"] for match in _TOKEN.finditer(condition))
    return tuple(dict.fromkeys(name for name in found if name and "." in name))


def find_faults(condition: str, parameters: Mapping[str, Scalar]) -> list[Fault]:
    """Find what is wrong with a condition.

    Parameters
    ----------
    parameters
        Those of one value, by name: ``param.term_days``.
    """
    tree = _read(condition)
    if isinstance(tree, Fault):
        return [tree]
    reader = _TypeReader(parameters)
    try:
        kind = reader.kind(tree)
    except RecursionError:
        return [Fault("condition_unreadable", {"part": condition[:60]})]
    if kind not in {"bool", ""}:
        reader.faults.append(Fault("condition_not_bool", {"found": kind}))
    return reader.faults or _try_out(condition, parameters)


def holds(condition: str, values: Mapping[str, Scalar]) -> bool:
    """Evaluate a condition that loaded, with a value for every name it refers to."""
    nested: dict[str, dict[str, Scalar]] = {}
    for name, value in values.items():
        room, _, last = name.partition(".")
        nested.setdefault(room, {})[last] = value
    return _compiled(condition).execute(nested) is True


@cache
def _compiled(condition: str) -> "Program":
    import cel  # brings a terminal of its own, 0.1 s

    return cel.compile(condition)


def _read(condition: str) -> ast.expr | Fault:
    if len(condition) > LONGEST:
        return Fault("condition_too_long", {"length": len(condition), "most": LONGEST})
    words, place = [], 0
    while place < len(condition):
        token = _TOKEN.match(condition, place)
        if token is None:
            return Fault("condition_unreadable", {"part": condition[place : place + 20]})
        words.append(_IN_PYTHON.get(token[0], token[0]))
        place = token.end()
    try:
        return ast.parse(" ".join(words).strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        return Fault("condition_unreadable", {"part": condition[:60]})


def _try_out(condition: str, parameters: Mapping[str, Scalar]) -> list[Fault]:
    """Let CEL evaluate it with values of the declared types: it has the last word on its language."""
    samples = dict(parameters) | {
        name: VARIABLES[name].words[0] if VARIABLES[name].words else _SAMPLES[VARIABLES[name].type]
        for name in referred_names(condition)
        if name in VARIABLES
    }
    try:
        holds(condition, samples)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        return [Fault("condition_refused", {"reason": str(error).splitlines()[0]})]
    return []


class _TypeReader:
    """Finds the type of each part of a condition; an empty one where a fault was already found."""

    def __init__(self, parameters: Mapping[str, Scalar]) -> None:
        self.parameters = parameters
        self.faults: list[Fault] = []

    def kind(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp(values=parts):
                return self._all_bool(parts)
            case ast.UnaryOp(op=ast.Invert(), operand=part):
                return self._all_bool([part])
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return _KINDS[type(-value)]
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compare(left, operator, right)
            case ast.Constant(value=bool() | int() | float() | str() as value):
                return _KINDS[type(value)]
            case ast.Name() | ast.Attribute():
                return self._named(ast.unparse(node))
        return self._fault("condition_not_allowed", part=ast.unparse(node))

    def _all_bool(self, parts: Iterable[ast.expr]) -> str:
        for part in parts:
            if self.kind(part) not in {"bool", ""}:
                self._fault("condition_part_not_bool", part=ast.unparse(part))
        return "bool"

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
        if isinstance(operator, ast.In):
            others = right.elts if isinstance(right, ast.List) else []
            if not others:
                return self._fault("condition_in_no_list", part=ast.unparse(right))
        else:
            others = [right]
        ordered = not isinstance(operator, ast.In | ast.Eq | ast.NotEq)
        kind = self.kind(left)
        for other in others:
            found = self.kind(other)
            if "" not in {kind, found} and (kind != found or (ordered and kind != "number")):
                self._fault("condition_types_differ", left=ast.unparse(left), right=ast.unparse(other))
            self._check_word(left, other)
            self._check_word(other, left)
        return "bool"

    def _check_word(self, one: ast.expr, other: ast.expr) -> None:
        variable = VARIABLES.get(ast.unparse(one))
        if variable is None or not variable.words or not isinstance(other, ast.Constant):
            return
        if isinstance(other.value, str) and other.value not in variable.words:
            known = ", ".join(variable.words)
            self._fault("condition_word_unknown", name=variable.name, word=other.value, known=known)

    def _named(self, name: str) -> str:
        if name in VARIABLES:
            return _KINDS[VARIABLES[name].type]
        if name in self.parameters:
            return _KINDS[type(self.parameters[name])]
        return self._fault("condition_name_unknown", name=name)

    def _fault(self, key: str, **values: object) -> str:
        self.faults.append(Fault(key, values))
        return ""
