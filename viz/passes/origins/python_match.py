"""Match the nodes of a parsed module with pieces of Python's own tree of the text.

TVM's parser gives spans to objects, and objects are shared: one load stands wherever a name for it
does, an updated buffer's sum has the place of its left side, a buffer's Var that of its
declaration. So the text is parsed once more, with :mod:`ast`, and from each statement on both trees
are walked together. A node matches a piece of Python whose shape fits its class, or none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from tvm import ir, tirx

from viz.frontend.syntax import parsed
from viz.ir.labels import is_a, key_of
from viz.ir.source_map import Key, key_of_span
from viz.ir.walker import DECLARING, Occurrence
from viz.passes.origins.python_parts import PARTS, Pieces, is_name, operands
from viz.passes.origins.shape_table import fits

NUMBERS = {"ir.IntImm", "ir.FloatImm"}


class PythonMatch:
    """The piece of Python that each node of a module matches, by node id.

    Attributes
    ----------
    piece
        The expression or statement that the node was parsed from, or None.
    enclosing
        The statement or function that holds it.

    Parameters
    ----------
    text
        What TVM's parser got.
    nodes
        The occurrences of the module it made.
    """

    def __init__(self, text: str, nodes: Sequence[Occurrence]) -> None:
        self._at: dict[Key, list[ast.AST]] = {}
        self._asserts: dict[Key, ast.AST] = {}
        self._functions: list[ast.FunctionDef] = []
        self.module = parsed(text)
        for piece in _statements_and_expressions(self.module):
            if (key := key_of_python(piece)) is not None:
                self._at.setdefault(key, []).append(piece)
            if isinstance(piece, ast.Assert) and (key := key_of_python(piece.test)) is not None:
                self._asserts[key] = piece
            elif isinstance(piece, ast.FunctionDef):
                self._functions.append(piece)
        self.piece: list[ast.AST | None] = []
        self.enclosing: list[ast.AST | None] = []
        self._nodes = nodes
        self._candidates: list[Pieces] = []
        self._function: ast.AST | None = None
        self._bindings = dict(_bindings(self._functions))
        for node in nodes:
            self._match(node)

    def _match(self, node: Occurrence) -> None:
        """Match a node whose parent is matched."""
        cls = node.obj.__class__
        enclosing = self.enclosing[node.parent] if node.parent >= 0 else None
        candidates: Pieces = ()
        piece: ast.AST | None = None
        if is_a(cls, tirx.PrimFunc):
            self._function = enclosing = piece = self._definition(node)
        elif is_a(cls, tirx.Stmt):
            piece = self._statement(node)
            enclosing = piece or enclosing
        elif is_a(cls, ir.Expr):
            candidates = self._parts(node)
            piece = next((part for part in candidates if self._fits(part, node)), None)
            piece = piece or self._only_name(node, candidates) or self._at_span(node, enclosing)
        self.piece.append(piece)
        self._candidates.append(candidates)
        self.enclosing.append(enclosing)

    def _definition(self, function: Occurrence) -> ast.AST | None:
        """Return the ``def`` of a function: by its name, or the only one."""
        named = [one for one in self._functions if one.name == function.field]
        if len(named or self._functions) == 1:
            return (named or self._functions)[0]
        return None

    def _statement(self, node: Occurrence) -> ast.AST | None:
        """Return what a statement matches: at its span, as a loop of a nest, or by its buffer."""
        cls = node.obj.__class__
        piece = self._at_span(node, None)
        if piece is None and cls is tirx.For:
            piece = self._nest(node)
        if piece is None and cls in DECLARING:
            piece = self._binding(node.obj.buffer)
        return piece

    def _at_span(self, node: Occurrence, enclosing: ast.AST | None) -> ast.AST | None:
        """Return the piece at the node's own span, if the enclosing statement holds it."""
        key = key_of(node.obj.__class__)
        if key == "ir.Var":
            return None  # its span is that of a statement
        if key == "tirx.AssertStmt":  # it has no span, or that of all around it
            place = key_of_span(node.obj.condition.span)
            return None if place is None else self._asserts.get(place)
        place = key_of_span(getattr(node.obj, "span", None))
        if place is None or (enclosing is not None and not holds(enclosing, place)):
            return None
        return next((piece for piece in self._at.get(place, ()) if fits(key, piece)), None)

    def _nest(self, loop: Occurrence) -> ast.AST | None:
        """Return the ``for i, j in T.grid(…)`` of the loop around, if this is another of its."""
        outer = self.piece[loop.parent]
        if not isinstance(outer, ast.For) or not isinstance(outer.target, ast.Tuple):
            return None
        name = str(loop.obj.loop_var.name)
        return outer if any(is_name(target, name) for target in outer.target.elts) else None

    def _binding(self, variable: Any) -> ast.AST | None:
        """Return what binds the name of a Var in the function that is matched."""
        return self._bindings.get((id(self._function), str(variable.name)))

    def _fits(self, piece: ast.AST, node: Occurrence) -> bool:
        """Whether a piece of Python that stands in the right place fits the node."""
        obj, key = node.obj, key_of(node.obj.__class__)
        if key == "ir.Var":
            return not isinstance(piece, ast.Name) or piece.id == str(obj.name)
        if key == "ir.TensorLoad":
            buffer = piece.value if isinstance(piece, ast.Subscript) else piece
            if isinstance(buffer, ast.Name) and buffer.id != str(obj.source.name):
                return False
        if isinstance(piece, ast.Constant) and key in NUMBERS:
            return not isinstance(piece.value, str) and piece.value == obj.value
        return fits(key, piece)

    def _only_name(self, node: Occurrence, candidates: Pieces) -> ast.AST | None:
        """Return the one name of a Var in a term that was simplified before it came to be."""
        if not candidates or not isinstance(node.obj, ir.Var):
            return None
        names = (piece for piece in ast.walk(candidates[0]) if isinstance(piece, ast.Name))
        same = [piece for piece in names if piece.id == str(node.obj.name)]
        return same[0] if len(same) == 1 else None

    def _parts(self, node: Occurrence) -> Pieces:
        """Return what an expression may match, by what its parent matches."""
        if node.parent < 0:
            return ()
        parent = self._nodes[node.parent]
        piece, (name, _, index) = self.piece[node.parent], node.field.partition("[")
        declares = not _is_code(parent.obj.__class__) or name == "alloc_buffers"
        if declares and isinstance(node.obj, ir.Var):
            binding = self._binding(node.obj)
            return () if binding is None else (binding,)
        if piece is None:
            # A conversion that the parser put in: what it converts stands in its place.
            return self._candidates[node.parent] if is_a(parent.obj.__class__, ir.Expr) else ()
        rule = PARTS.get(key_of(parent.obj.__class__))
        if rule is None:
            if isinstance(piece, ast.UnaryOp) and key_of(node.obj.__class__) in NUMBERS:
                return ()  # the -1 that a minus is a product with
            return operands(piece, name) if is_a(parent.obj.__class__, ir.Expr) else ()
        return tuple(rule(piece, name, int(index[:-1]) if index else 0, parent.obj))


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


def _statements_and_expressions(module: ast.Module) -> Iterator[ast.AST]:
    """Yield every statement and expression; :func:`ast.walk` takes twice as long."""
    stack: list[ast.AST] = [module]
    while stack:
        node = stack.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                stack += [child for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:  # operators and contexts have none
                stack.append(value)


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        yield from _statements(getattr(statement, "body", ()))
        yield from _statements(getattr(statement, "orelse", ()))


def _bindings(functions: list[ast.FunctionDef]) -> Iterator[tuple[tuple[int, str], ast.AST]]:
    """Yield what binds the names of each function: a parameter, or an assignment of a call.

    The keys are the id of the function and the name. A name that is bound twice is left out.
    """
    for function in functions:
        bound: dict[str, ast.AST | None] = {arg.arg: arg for arg in function.args.args}
        for node in _statements(function.body):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            if not isinstance(node.value, ast.Call):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            for name in target.elts if isinstance(target, ast.Tuple) else (target,):
                if isinstance(name, ast.Name):
                    piece = name if isinstance(target, ast.Tuple) else node
                    bound[name.id] = None if name.id in bound else piece
        yield from (((id(function), name), node) for name, node in bound.items() if node)
