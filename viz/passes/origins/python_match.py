"""The words of the user's text that say a node: Python's tree of the text, walked along with ours.

The parser gives spans to objects, and objects are shared: one load stands wherever a name for it
does, an updated buffer's sum has the place of its left side, a buffer's Var that of its
declaration. So the text is read once more, with :mod:`ast`, and from each statement on both trees
are walked together. A node is said by a piece of Python whose shape fits its class, or by none.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tvm import ir, tirx

from viz.frontend.syntax import parsed
from viz.ir.labels import is_a, key_of
from viz.ir.source_map import Key, key_of_span
from viz.ir.walker import DECLARING, Occurrence
from viz.passes.origins.python_shapes import fits

Parts = tuple[ast.AST, ...]
"""Pieces of Python that may say a node, the likeliest first."""

NUMBERS = {"ir.IntImm", "ir.FloatImm"}

LEFT = {"a", "condition", "value"}


class Phrases:
    """What says each node of a module, by node id: a piece of Python, or None.

    Attributes
    ----------
    said
        The piece of Python.
    around
        The statement or function that holds it.

    Parameters
    ----------
    text
        What the parser got.
    nodes
        The occurrences of the module it made.
    """

    def __init__(self, text: str, nodes: Sequence[Occurrence]) -> None:
        self._at: dict[Key, list[ast.AST]] = {}
        self._asserts: dict[Key, ast.AST] = {}
        self._functions: list[ast.FunctionDef] = []
        self.module = parsed(text)
        for node in _pieces(self.module):
            if (key := key_of_python(node)) is not None:
                self._at.setdefault(key, []).append(node)
            if isinstance(node, ast.Assert) and (key := key_of_python(node.test)) is not None:
                self._asserts[key] = node
            elif isinstance(node, ast.FunctionDef):
                self._functions.append(node)
        self.said: list[ast.AST | None] = []
        self._nodes = nodes
        self._offered: list[Parts] = []
        self.around: list[ast.AST | None] = []
        self._function: ast.AST | None = None
        self._names = dict(_names(self._functions))
        for each in nodes:
            self._take(each)

    def _take(self, each: Occurrence) -> None:
        cls = each.obj.__class__
        around = self.around[each.parent] if each.parent >= 0 else None
        offered: Parts = ()
        if is_a(cls, tirx.PrimFunc):
            said: ast.AST | None = self._defined(each)
            self._function = around = said
        elif is_a(cls, tirx.Stmt):
            said = self._found(each, None)
            if said is None and cls is tirx.For:
                said = self._nest(each)
            if said is None and cls in DECLARING:
                said = self._names.get((id(self._function), str(each.obj.buffer.name)))
            around = said or around
        elif is_a(cls, ir.Expr):
            offered = self._offers(each)
            said = next((part for part in offered if self._says(part, each)), None)
            said = said or self._inside(each, offered) or self._found(each, around)
        else:
            said = None
        self.said.append(said)
        self._offered.append(offered)
        self.around.append(around)

    def _found(self, each: Occurrence, around: ast.AST | None) -> ast.AST | None:
        """Return what stands at the node's own span, inside the statement around it."""
        key = key_of(each.obj.__class__)
        if key == "ir.Var":
            return None  # its span is that of a statement
        if key == "tirx.AssertStmt":  # it has no span, or that of all around it
            place = key_of_span(each.obj.condition.span)
            return None if place is None else self._asserts.get(place)
        place = key_of_span(getattr(each.obj, "span", None))
        if place is None or (around is not None and not holds(around, place)):
            return None
        return next((part for part in self._at.get(place, ()) if fits(key, part)), None)

    def _nest(self, loop: Occurrence) -> ast.AST | None:
        """Return the ``for i, j in T.grid(…)`` of a loop around, where this is another of its."""
        around = self.said[loop.parent]
        if not isinstance(around, ast.For) or not isinstance(around.target, ast.Tuple):
            return None
        name = str(loop.obj.loop_var.name)
        return around if any(_named(each, name) for each in around.target.elts) else None

    def _says(self, part: ast.AST, each: Occurrence) -> bool:
        """Whether a piece of Python that stands in the right place says the node."""
        obj, key = each.obj, key_of(each.obj.__class__)
        if key == "ir.Var":
            return not isinstance(part, ast.Name) or part.id == str(obj.name)
        if key == "ir.TensorLoad":
            named = part.value if isinstance(part, ast.Subscript) else part
            if isinstance(named, ast.Name) and named.id != str(obj.source.name):
                return False
        if isinstance(part, ast.Constant) and key in NUMBERS:
            return not isinstance(part.value, str) and part.value == obj.value
        return fits(key, part)

    def _inside(self, each: Occurrence, offered: Parts) -> ast.AST | None:
        """Return the one name of a Var in a term that was simplified before it came to be."""
        if not offered or not isinstance(each.obj, ir.Var):
            return None
        parts = (part for part in ast.walk(offered[0]) if isinstance(part, ast.Name))
        found = [part for part in parts if part.id == str(each.obj.name)]
        return found[0] if len(found) == 1 else None

    def _offers(self, each: Occurrence) -> Parts:
        """Return what may say an expression, by what says the node around it."""
        if each.parent < 0:
            return ()
        above = self._nodes[each.parent]
        said, (name, _, at) = self.said[each.parent], each.field.partition("[")
        declares = not _is_code(above.obj.__class__) or name == "alloc_buffers"
        if declares and isinstance(each.obj, ir.Var):
            found = self._names.get((id(self._function), str(each.obj.name)))
            return () if found is None else (found,)
        if said is None:
            # A conversion that nobody wrote: what it converts stands in its place.
            return self._offered[each.parent] if is_a(above.obj.__class__, ir.Expr) else ()
        rule = PARTS.get(key_of(above.obj.__class__))
        if rule is None:
            if isinstance(said, ast.UnaryOp) and key_of(each.obj.__class__) in NUMBERS:
                return ()  # the -1 that a minus is a product with
            return _operands(said, name) if is_a(above.obj.__class__, ir.Expr) else ()
        return tuple(rule(said, name, int(at[:-1]) if at else 0, above.obj, each.obj))

    def _defined(self, each: Occurrence) -> ast.AST | None:
        """Return the ``def`` of a function: by its name, or the only one."""
        named = [one for one in self._functions if one.name == each.field]
        if len(named or self._functions) == 1:
            return (named or self._functions)[0]
        return None


def _is_code(cls: type) -> bool:
    return is_a(cls, tirx.Stmt) or (is_a(cls, ir.Expr) and not is_a(cls, tirx.PrimFunc))


def key_of_python(node: ast.AST) -> Key | None:
    """Return where a piece of Python stands."""
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    place: Any = node
    return line, place.col_offset + 1, place.end_lineno, place.end_col_offset + 1


def holds(node: ast.AST, place: Key) -> bool:
    """Whether a place lies inside a piece of Python."""
    outer = key_of_python(node)
    return outer is not None and outer[:2] <= place[:2] and place[2:] <= outer[2:]


def _pieces(module: ast.Module) -> Iterator[ast.AST]:
    """Yield every statement and expression; :func:`ast.walk` takes twice as long."""
    stack: list[ast.AST] = [module]
    while stack:
        node = stack.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                stack += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:  # operators and contexts have none
                stack.append(value)


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for each in body:
        yield each
        yield from _statements(getattr(each, "body", ()))
        yield from _statements(getattr(each, "orelse", ()))


def _names(functions: list[ast.FunctionDef]) -> Iterator[tuple[tuple[int, str], ast.AST]]:
    """Yield what gives the names of each function: a parameter, or an assignment of a call.

    A name that is given twice is left out.
    """
    for function in functions:
        found: dict[str, ast.AST | None] = {each.arg: each for each in function.args.args}
        for node in _statements(function.body):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            if not isinstance(node.value, ast.Call):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            for each in target.elts if isinstance(target, ast.Tuple) else (target,):
                if isinstance(each, ast.Name):
                    said = each if isinstance(target, ast.Tuple) else node
                    found[each.id] = None if each.id in found else said
        yield from (((id(function), name), node) for name, node in found.items() if node)


# ---------------------------------------------------------------- parts of a node


def _operands(said: ast.AST, name: str) -> Parts:
    """Return the parts of an operator, comparison or call of two, the asked one first."""
    pair: Parts = ()
    if isinstance(said, ast.BinOp):
        pair = (said.left, said.right)
    elif isinstance(said, ast.AugAssign):
        pair = (said.target, said.value)
    elif isinstance(said, ast.Compare) and len(said.comparators) == 1:
        pair = (said.left, said.comparators[0])
    elif isinstance(said, ast.BoolOp) and len(said.values) == 2:
        pair = (said.values[0], said.values[1])
    elif isinstance(said, ast.UnaryOp):
        return (said.operand,)
    elif isinstance(said, ast.Call):
        if name == "value":  # of a Cast, whose type may come first
            return (said.args[-1],) if said.args else ()
        pair = (said.args[0], said.args[1]) if len(said.args) == 2 else tuple(said.args[:1])
    return pair if name in LEFT else pair[::-1]


def _target(said: ast.AST, buffer: str) -> tuple[ast.AST | None, ast.AST | None]:
    """Return the target and the value of an assignment, of several those of a name."""
    if isinstance(said, ast.AugAssign):
        return said.target, said
    if isinstance(said, ast.AnnAssign):
        return said.target, said.value
    if not isinstance(said, ast.Assign):
        return None, None
    target, value = said.targets[0], said.value
    if isinstance(target, ast.Tuple):
        for i, each in enumerate(target.elts):
            if isinstance(each, ast.Name) and each.id == buffer:
                several = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
                return each, value.elts[i] if several else value  # type: ignore[attr-defined]
        return None, None
    return target, value


def _subscript(node: ast.AST | None, name: str, at: int) -> Parts:
    """Return the buffer or one of the indices of ``buffer[…]``; a name alone has no indices."""
    if name in ("buffer", "source"):
        return () if node is None else (node.value if isinstance(node, ast.Subscript) else node,)
    if not isinstance(node, ast.Subscript):
        return ()
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return (indices[at],) if at < len(indices) else ()


def _store(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    target, value = _target(said, str(above.buffer.name))
    if name == "value":
        return () if value is None else (value,)
    return _subscript(target, name, at)


def _load(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    return _subscript(said, name, at)


def _bind(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    target, value = _target(said, str(above.var.name))
    part = value if name == "value" else target
    return () if part is None else (part,)


def _loop(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    if not isinstance(said, ast.For):
        return ()
    targets = said.target.elts if isinstance(said.target, ast.Tuple) else [said.target]
    if name == "loop_var":
        return tuple(targets)
    arguments = said.iter.args if isinstance(said.iter, ast.Call) else []
    loop_var = str(above.loop_var.name)
    place = next((i for i, t in enumerate(targets) if _named(t, loop_var)), None)
    if place is None:
        return ()
    if len(targets) == len(arguments):
        return (arguments[place],) if name == "extent" else ()
    return (arguments[0],) if name == "min" and len(arguments) == 2 else ()


def _named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _test(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    return (said.test,) if name == "condition" and hasattr(said, "test") else ()


def _evaluated(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    if not isinstance(said, ast.Expr):
        return (said,)
    value = said.value
    if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "evaluate":
        return tuple(value.args[:1])
    return (value,)


def _call(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    if name != "args":
        return ()
    if isinstance(said, ast.IfExp):
        return ((said.test, said.body, said.orelse)[at],) if at < 3 else ()
    if not isinstance(said, ast.Call):
        return _operands(said, "ab"[min(at, 1)])
    # T.call_extern and such begin with a type, which is no argument of the node.
    skipped = len(said.args) - len(above.args)
    place = at + skipped
    return (said.args[place],) if skipped in (0, 1) and place < len(said.args) else ()


def _choice(said: ast.AST, name: str, at: int, above: Any, obj: Any) -> Parts:
    place = ("condition", "true_value", "false_value").index(name)
    if isinstance(said, ast.IfExp):
        return ((said.test, said.body, said.orelse)[place],)
    arguments = said.args if isinstance(said, ast.Call) else []
    return (arguments[place],) if place < len(arguments) else ()


Rule = Callable[[ast.AST, str, int, Any, Any], Parts]

PARTS: dict[str, Rule] = {
    "tirx.BufferStore": _store,
    "ir.TensorLoad": _load,
    "tirx.Bind": _bind,
    "tirx.For": _loop,
    "tirx.While": _test,
    "tirx.IfThenElse": _test,
    "tirx.AssertStmt": _test,
    "tirx.Evaluate": _evaluated,
    "ir.Call": _call,
    "prim.Select": _choice,
}
"""Where the parts of a node stand in what says it; others are operators."""
