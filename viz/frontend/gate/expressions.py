"""Rules for names, members, calls, operators and literals."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Mapping
from typing import Any

from viz.errors import SourceError
from viz.frontend.gate.context import Refusal, Scope, UnknownMember, nearest
from viz.frontend.gate.grammar import (
    ATTRIBUTES,
    BUILTINS,
    CALLABLE,
    CUDA_NAMES,
    INSTEAD,
    LIBRARIES,
    LONGEST_SHAPE,
    LONGEST_STRING,
    MOST_ARGUMENTS,
    MOST_BITS,
    MOST_EVALUATIONS,
    MOST_LOOPS,
    SHAPED,
    WIDEST_SHIFT,
)
from viz.frontend.gate.members import SAME, Namespace
from viz.frontend.syntax import dotted, evaluate
from viz.messages import Message, message_of

_SEQUENCES = (ast.Tuple, ast.List, ast.Dict, ast.JoinedStr)
_ENDLESS = "a buffer has no end that Python would find"


def name(scope: Scope, node: ast.Name) -> None:
    """Allow the program's own names, and those of namespaces in front of a dot only."""
    id_ = node.id
    if not isinstance(node.ctx, ast.Load):
        if node not in scope.admitted:
            scope.bind(node, id_)
    elif scope.own and node in scope.own:
        return
    elif id_ in scope.letters:
        raise Refusal(node, message_of("gate-letter-alone", name=id_))
    elif id_.startswith("__"):
        raise Refusal(node, message_of("gate-dunder", name=id_))
    elif id_ in BUILTINS and node not in scope.admitted:
        scope.python_names.append(node)


def attribute(scope: Scope, node: ast.Attribute) -> bool:
    """Check a member of a namespace against the reviewed list, and any other attribute."""
    if not isinstance(node.ctx, ast.Load):
        raise Refusal(node, message_of("gate-attribute-store"))
    base = node.value
    rebound = bool(scope.own) and _root(node) in (scope.own or ())
    if not rebound:
        if isinstance(base, ast.Name) and (base.id, node.attr) in scope.reviewed:
            return True
        root, _, rest = dotted(node).partition(".")
        if root in scope.letters:
            _member(scope, node, root, rest.split("."))
            scope.reviewed.add((root, rest))
            return True
    own = isinstance(base, ast.Name) and base.id in scope.modules | scope.aliases
    if node.attr not in ATTRIBUTES and not (own and node.attr in scope.functions):
        raise _unknown_attribute(scope, node)
    return False


def _unknown_attribute(scope: Scope, node: ast.Attribute) -> Refusal:
    """Return what is wrong: of a module a function is wanted, of a buffer or value an attribute."""
    base = node.value
    if isinstance(base, ast.Name) and base.id in scope.modules:
        known = tuple(sorted(scope.functions))
        what = message_of("gate-no-module-function", module=base.id, name=node.attr, known=known)
        close = nearest(node.attr, scope.functions, f"{base.id}.")
        return Refusal(node, what, close)
    if isinstance(base, ast.Name) and base.id not in scope.bound and base.id not in BUILTINS:
        if base.id in LIBRARIES:
            close = nearest(node.attr, scope.listed.namespaces["T"].allowed, "T.")
            return Refusal(base, message_of("undefined-library", name=base.id), close)
        if base.id in CUDA_NAMES:
            return Refusal(base, message_of("gate-cuda-name", name=base.id))
        what = message_of("gate-no-module", name=base.id, member=node.attr)
        if f"T.{base.id}" in scope.listed.namespaces:
            written = f"T.{base.id}.{node.attr}"
            return Refusal(base, what, message_of("did-you-mean", names=written))
        return Refusal(node, what, nearest(base.id, scope.modules))
    what = message_of("gate-attribute", attribute=node.attr)
    return Refusal(node, what, nearest(node.attr, ATTRIBUTES))


def _root(node: ast.expr) -> ast.expr:
    """Return the expression before the first dot."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _member(scope: Scope, node: ast.AST, root: str, parts: list[str]) -> None:
    """Check the members behind the name ``root`` of a namespace, one after the other.

    Raises
    ------
    Refusal
        At the first one that is not in the reviewed list.
    """
    rows, place, written = scope.listed.namespaces, scope.letters[root], root
    if ".".join((place, *parts)) in scope.listed.paths:
        return
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if following and f"{place}.{part}" in SAME and (place != "R" or scope.relax):
            place, written = SAME[f"{place}.{part}"], f"{written}.{part}"
            continue
        row = rows.get(place) if place[0] != "R" or scope.relax else None
        before, written = written, f"{written}.{part}"
        if row is None:
            raise Refusal(
                node,
                message_of("gate-not-tensorir", written=written),
            )
        if row.words:
            if part.startswith("_") or not part.isascii():
                raise Refusal(node, message_of("gate-no-instruction", written=written))
            continue
        if part in row.refused:
            why = message_of(row.refused[part])
            raise Refusal(node, message_of("gate-refused-member", written=written, refused=why))
        if part not in row.allowed:
            hint = _inside(rows, place, part, before) or nearest(part, row.allowed, f"{before}.")
            if place == "T" and part in INSTEAD:
                hint = message_of("did-you-mean", names=INSTEAD[part])
            if NARROW.fullmatch(part):
                hint = message_of("gate-narrow-dtype", dtype=part)
            raise UnknownMember(node, message_of("gate-no-member", written=written), hint)
        place = f"{place}.{part}"


def _inside(rows: Mapping[str, Namespace], place: str, part: str, written: str) -> Message | None:
    """Return a hint that names inner namespaces with a member; None where there is none."""
    inner = sorted(
        name.removeprefix(place)
        for name, row in rows.items()
        if name.startswith(f"{place}.") and part in row.allowed
    )
    names = tuple(f"{written}{name}.{part}" for name in inner)
    return message_of("did-you-mean", names=names) if names else None


NARROW = re.compile(r"u?int[124]")
"""Dtypes without a member of ``T``."""


def call(scope: Scope, node: ast.Call) -> None:
    """Allow calls of members, of methods, and of a few functions of Python."""
    if len(node.args) + len(node.keywords) > MOST_ARGUMENTS:
        raise Refusal(node, message_of("gate-most-arguments", most=MOST_ARGUMENTS))
    for keyword in node.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Name):
            scope.spread.append(keyword)
        elif keyword.arg is None or keyword.arg.startswith("_"):
            raise Refusal(keyword, message_of("gate-private-arguments"))
    if isinstance(node.func, ast.Name):
        _function(scope, node, node.func)
    elif isinstance(node.func, ast.Attribute):
        _method(scope, node, node.func)
    elif isinstance(node.func, ast.Subscript):
        _instruction(scope, node.func)
    else:
        raise Refusal(node, message_of("gate-named-call"))


def _function(scope: Scope, node: ast.Call, function: ast.Name) -> None:
    if function.id not in CALLABLE:
        scope.called.append(function)
        return
    scope.admitted.add(function)
    # Python's own max iterates over its only argument.
    if function.id in ("max", "min") and len(node.args) < 2:
        raise Refusal(node, message_of("gate-two-values", name=function.id))


def _instruction(scope: Scope, function: ast.Subscript) -> None:
    """Allow ``T.ptx["ld.global.v4.s32"](…)``: a name of a family whose words are no identifiers."""
    place = "" if scope.own and _root(function.value) in scope.own else dotted(function.value)
    root, _, rest = place.partition(".")
    row = scope.listed.namespaces.get(f"{scope.letters.get(root)}.{rest}")
    name = function.slice.value if isinstance(function.slice, ast.Constant) else None
    if row is None or not row.words or not isinstance(function.value, ast.Attribute):
        raise Refusal(function, message_of("gate-named-call"))
    if not isinstance(name, str) or not _INSTRUCTION.fullmatch(name):
        raise Refusal(function, message_of("gate-instruction-name", place=place))


def _method(scope: Scope, node: ast.Call, function: ast.Attribute) -> None:
    if function.attr in SHAPED:
        name = SHAPED[function.attr]
        by_name = [keyword.value for keyword in node.keywords if keyword.arg == name]
        for shape in [*node.args[:1], *by_name]:
            if not _is_plain(shape):
                scope.shapes.update(ast.walk(shape))
            for inner in ast.walk(shape):
                _known_strings(scope, inner)
    elif function.attr == "grid" and len(node.args) > MOST_LOOPS:
        raise Refusal(node, message_of("gate-most-loops", most=MOST_LOOPS))


def _known_strings(scope: Scope, node: ast.AST) -> None:
    """Note the expressions in the strings that a name in a shape stands for."""
    if not isinstance(node, ast.Name):
        return
    values = [scope.known.get(node.id)]
    while values:
        value = values.pop()
        if isinstance(value, tuple):
            values += value
        elif isinstance(value, str):
            _string(scope, node, value)


def _is_plain(shape: ast.expr) -> bool:
    """Return whether a shape is a tuple of names and integers, as most are."""
    return isinstance(shape, ast.Tuple) and all(
        extent.__class__ is ast.Name
        or (extent.__class__ is ast.Constant and extent.value.__class__ is int)
        for extent in shape.elts
    )


def starred(scope: Scope, node: ast.Starred) -> None:
    """Allow ``*`` before values that are known to be finite."""
    if isinstance(node.ctx, ast.Store):
        allowed = node in scope.admitted
    else:
        value = node.value
        constant = scope.known.get(value.id) if isinstance(value, ast.Name) else None
        allowed = (
            isinstance(value, ast.Tuple | ast.List | ast.ListComp)
            or (isinstance(value, ast.Attribute) and value.attr in ("shape", "strides"))
            or (isinstance(constant, tuple) and len(constant) <= MOST_LOOPS)
        )
        if not allowed and isinstance(value, ast.Name) and constant is None:
            scope.spread.append(node)
            return
    if not allowed:
        raise Refusal(node, message_of("gate-star"))


def binary(scope: Scope, node: ast.BinOp | ast.AugAssign) -> None:
    """Refuse arithmetic whose result may be huge when Python evaluates it."""
    sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
    for side in sides:
        text = isinstance(side, ast.Constant) and isinstance(side.value, str | bytes)
        if text or isinstance(side, _SEQUENCES):
            raise Refusal(side, message_of("gate-calculation"))
    if isinstance(node.op, ast.Pow):
        raise Refusal(node, message_of("gate-power"))
    if isinstance(node.op, ast.LShift):
        try:
            bits = evaluate(sides[-1], scope.known)
        except SourceError as error:
            if "fit" in error.message:
                raise Refusal(node, message_of("gate-wide-shift")) from None
        else:
            if isinstance(bits, int) and bits > WIDEST_SHIFT:
                raise Refusal(node, message_of("gate-wide-shift"))


def comparison(scope: Scope, node: ast.Compare) -> None:
    """Refuse ``in``, which iterates over its right side."""
    if any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops):
        raise Refusal(node, message_of("gate-in"))


def dictionary(scope: Scope, node: ast.Dict) -> bool:
    """Allow keys with values, no ``**``."""
    if None in node.keys:
        raise Refusal(node, message_of("gate-double-star"))
    return False


def comprehension(scope: Scope, node: ast.ListComp) -> None:
    """Allow a list of few elements: over ``range`` of constants, and over what is written out."""
    for generator in node.generators:
        if generator.is_async:
            raise Refusal(node, message_of("gate-async"))
        for target in ast.walk(generator.target):
            if isinstance(target, ast.expr) and not isinstance(target, ast.Name | ast.Tuple):
                raise Refusal(target, message_of("gate-comprehension-names"))
    # Comprehensions inside of this one are counted with it, and checked again where they stand.
    if _evaluations(scope, node) > MOST_EVALUATIONS:
        raise Refusal(node, message_of("gate-long-comprehension"))


def _evaluations(scope: Scope, node: ast.AST) -> int:
    """Return how many nodes Python evaluates for an expression, comprehensions repeated.

    Raises
    ------
    Refusal
        At what a comprehension iterates over, where it is not known to be short; and at a shift in
        one, whose width need not be a constant there.
    """
    if not isinstance(node, ast.ListComp):
        return 1 + sum(_evaluations(scope, child) for child in ast.iter_child_nodes(node))
    times, count = 1, 1
    for generator in node.generators:
        count += times * _evaluations(scope, generator.iter)
        times *= _length(scope, generator.iter)
        count += times * sum(_evaluations(scope, test) for test in generator.ifs)
    for inner in ast.walk(node.elt):
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.LShift):
            raise Refusal(inner, message_of("gate-shift-in-comprehension"))
    return count + times * _evaluations(scope, node.elt)


def _length(scope: Scope, node: ast.expr) -> int:
    """Return the number of elements that a comprehension iterates over.

    Raises
    ------
    Refusal
        When the text does not show it.
    """
    if isinstance(node, ast.Tuple | ast.List) and not any(
        isinstance(element, ast.Starred) for element in node.elts
    ):
        return len(node.elts)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "range"
        and not node.keywords
    ):
        scope.called.append(node.func)  # it must be Python's
        with contextlib.suppress(SourceError, TypeError, ValueError, OverflowError):
            bounds: list[Any] = [evaluate(argument, scope.known) for argument in node.args]
            return len(range(*bounds))
    constant = scope.known.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(constant, tuple):
        return len(constant)
    if isinstance(node, ast.Attribute) and node.attr in ("shape", "strides"):
        return LONGEST_SHAPE
    raise Refusal(node, message_of("gate-unknown-length"))


def subscript(scope: Scope, node: ast.Subscript) -> None:
    """Allow elements of names, members, elements and calls."""
    if not isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        raise Refusal(node, message_of("gate-elements"))


def constant(scope: Scope, node: ast.Constant) -> None:
    """Allow integers of 64 bits, floats, booleans, None, and strings of limited length.

    TVM evaluates the strings in a buffer's shape, so the expression in one is checked too. Other
    strings are checked the same way when they are more than a word, such as a dtype or the name of
    a thread.
    """
    value = node.value
    if isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise Refusal(node, message_of("gate-most-bits", most=MOST_BITS))
    elif isinstance(value, str):
        if len(value) > LONGEST_STRING:
            raise Refusal(node, message_of("gate-long-string", most=LONGEST_STRING))
        if "\0" in value:
            raise Refusal(node, message_of("gate-nul"))
        harmless = node in scope.prose or _WORD.fullmatch(value)
        if node in scope.shapes or not harmless:
            _string(scope, node, value)
    elif value is Ellipsis:
        raise Refusal(node, message_of("gate-ellipsis"))
    elif isinstance(value, bytes | complex):
        raise Refusal(node, message_of("gate-type", name=type(value).__name__))


_INSTRUCTION = re.compile(r"[A-Za-z][\w:]*(\.[A-Za-z0-9][\w:]*)*", re.ASCII)
"""Words of letters, digits, ``_`` and ``::``, separated by dots; none begins with ``_``."""
_WORD = re.compile(r"[^\W\d][\w.:/\- ]*", re.ASCII)


def _string(scope: Scope, node: ast.Constant | ast.Name, text: str) -> None:
    """Note the expression that a string holds, if it holds one."""
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return  # TVM cannot evaluate it either
    except (RecursionError, MemoryError):
        raise Refusal(node, message_of("gate-nested-string")) from None
    if scope.quoted:
        raise Refusal(node, message_of("gate-string-in-string"))
    scope.quotations.append((node, expression))
