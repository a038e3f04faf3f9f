"""Buffers and dtypes of a definition, as far as the rules for older spellings need them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from viz.errors import SourceError
from viz.frontend.dialect.definition import DefinitionNodes
from viz.frontend.extract import Extract
from viz.frontend.syntax import evaluate, is_old_script

BLOCK_MEMBERS = {
    "block",
    "sblock",
    "axis",
    "reads",
    "writes",
    "init",
    "where",
    "block_attr",
}
"""Members of ``T`` that only block programs (``s_tir``) use."""

TODAYS_MEMBERS = {"sblock", "sblock_alloc_buffer", "sblock_attr"}
"""Members of ``T`` in block programs that no TVM before 0.24 had."""

FLOATS = {"float16", "float32", "float64", "bfloat16"}

BUFFERS = {
    "Buffer": 1,
    "buffer": 1,
    "match_buffer": 2,
    "alloc_buffer": 1,
    "sblock_alloc_buffer": 1,
    "alloc_local": 1,
    "alloc_shared": 1,
    "decl_buffer": 1,
    "buffer_decl": 1,
    "allocate": 1,
    "allocate_const": 1,
}
"""Members of ``T`` that make a buffer, and the 0-based position of their dtype argument."""

EXTERN_CALLS = ("call_extern", "call_pure_extern", "call_packed", "call_cpacked")
"""Members of ``T`` whose strings are names of external functions."""


INFORMATIVE = frozenset(
    (ast.arg, ast.Assert, ast.Assign, ast.Attribute, ast.Call, ast.Expr, ast.Subscript, ast.With)
)
"""Python nodes that declare names or show how names are used."""


class SpellingContext(DefinitionNodes):
    """Names, buffers and dtypes of one definition."""

    def __init__(self, extract: Extract, root: ast.AST, *, whole: bool = True) -> None:
        super().__init__(extract, root, whole=whole)
        self.in_old_class = any(
            isinstance(node, ast.ClassDef) and is_old_script(node) for node in extract.nodes
        )
        """Whether the function stands in a class of 2021."""
        members = [self.member(node) for node in self.nodes if isinstance(node, ast.Attribute)]
        self.has_blocks = any(
            member in BLOCK_MEMBERS or member.startswith("axis.") for member in members
        )
        self.is_todays = not TODAYS_MEMBERS.isdisjoint(members)
        """Whether it has names that no older text has: what it lacks, it lacks by mistake."""
        self.pointers: set[str] = set()
        """Names that ``T.allocate`` or ``T.allocate_const`` gives a value."""
        self.buffers: dict[str, str] = {}
        """The dtype of each buffer if it is a float, else an empty string, by name."""
        self.makers: dict[str, ast.expr] = {}
        """The call, or annotation, that makes each buffer, by name."""
        self.declarations: dict[str, ast.Assign] = {}
        """The assignment that makes each buffer, by name."""
        self.scalars: dict[str, str] = {}
        """The same of each scalar."""
        self.let_names: set[str] = set()
        """Names that a ``let`` gives a value, so that their own declaration goes."""
        self.lets: Counter[str] = Counter()
        """How many ``let`` statements give each name a value."""
        self.indexed: set[ast.AST] = set()
        """The expressions in front of ``[…]``."""
        self.prose: set[ast.AST] = set()
        """Strings that are no keys of TVM: docstrings, messages, names of functions."""
        for node in self.nodes_of(INFORMATIVE):
            self._note_buffers_and_uses(node)
        for node in self.nodes_of(INFORMATIVE):
            self._note_scalars(node)

    def pointers_in(self, node: ast.AST) -> list[str]:
        """Return the names of allocations below a node."""
        names = (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
        return [name for name in names if name in self.pointers]

    @cached_property
    def declared(self) -> set[str]:
        """The names that a dtype without a value makes: ``i = T.int32()``."""
        pairs = (pair for node in self.nodes for pair in bindings(node))
        calls = ((name, value) for name, value in pairs if isinstance(value, ast.Call))
        return {name for name, call in calls if self.member(call) and not call.args + call.keywords}

    @cached_property
    def threads(self) -> set[str]:
        """The names that ``T.env_thread`` makes."""
        pairs = (pair for node in self.nodes for pair in bindings(node))
        return {name for name, value in pairs if self.member(value) == "env_thread"}

    def dtype_of_buffer(self, name: str) -> str:
        """Return the dtype of a buffer where its declaration is a constant, else empty."""
        maker = self.makers.get(name)
        if maker is None:
            return ""
        dtype = self.buffer_argument(maker, "dtype")
        if dtype is None:
            return "float32"
        try:
            value = evaluate(dtype, self.variables)
        except SourceError:
            return ""
        return value if isinstance(value, str) else ""

    def scope_of_buffer(self, name: str) -> str:
        """Return the memory of a buffer where its declaration says it, else ``global``."""
        maker = self.makers.get(name)
        if not isinstance(maker, ast.Call):
            return "global"
        member = self.member(maker)
        if member in ("alloc_local", "alloc_shared"):
            return member.removeprefix("alloc_")
        scope = next((k.value for k in maker.keywords if k.arg == "scope"), None)
        if isinstance(scope, ast.Constant) and isinstance(scope.value, str):
            return scope.value
        return "global"

    def shape_of_buffer(self, name: str) -> ast.expr | None:
        """Return the shape of a buffer as the text gives it; None where it gives none."""
        maker = self.makers.get(name)
        return self.buffer_argument(maker, "shape") if maker is not None else None

    @cached_property
    def accessed_by_pointer(self) -> set[str]:
        """The buffers whose pointers ``T.load`` and ``T.store`` name."""
        calls = [node for node in self.nodes if isinstance(node, ast.Call)]
        pointers = [
            call.args[position]
            for call in calls
            if (position := {"load": 1, "store": 0}.get(self.member(call))) is not None
            and len(call.args) > position
        ]
        indexed = (node for node in self.indexed if isinstance(node, ast.Attribute))
        pointers += [node for node in indexed if node.attr == "data"]
        owners = (p.value if isinstance(p, ast.Attribute) else p for p in pointers)
        return {owner.id for owner in owners if isinstance(owner, ast.Name)}

    def buffer_argument(self, maker: ast.expr, name: str) -> ast.expr | None:
        """Return the ``shape`` or the ``dtype`` of what makes a buffer; None without one."""
        if isinstance(maker, ast.Call):
            member = self.member(maker)
            if name == "dtype":
                return self.argument(maker, BUFFERS[member], name)
            position = 2 if member == "allocate_const" else BUFFERS[member] - 1
            return self.argument(maker, position, "extents" if "allocate" in member else name)
        if not isinstance(maker, ast.Subscript):
            return None
        elements = maker.slice.elts if isinstance(maker.slice, ast.Tuple) else [maker.slice]
        if name == "shape":
            return elements[0]
        return elements[1] if len(elements) == 2 else None

    def numbered(self, name: str, node: ast.AST) -> str:
        """Return the name for one of the ``with`` statements that give it a value."""
        lets = [
            inner
            for inner in self.nodes
            if isinstance(inner, ast.With) and name in (n for n, _ in self._let_bindings(inner))
        ]
        place = lets.index(node) if node in lets else 0
        return self.fresh(f"{name}_{place}") if place else name

    def _let_bindings(self, node: ast.With) -> Iterator[tuple[str, ast.expr]]:
        bound = self.let(node.items[0].context_expr)
        if bound is not None and isinstance(bound[0], ast.Name):
            yield bound[0].id, bound[1]
        for name, value in bindings(node):
            if isinstance(value, ast.Call) and self.member(value) in ("let", "LetStmt"):
                yield name, value

    def dtype(self, node: ast.AST) -> str:
        """Return the float dtype of an expression where the text shows it, else an empty string."""
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return self.buffers.get(node.value.id, "")
        if isinstance(node, ast.Name):
            return self.scalars.get(node.id, "")
        if isinstance(node, ast.BinOp):
            return self.dtype(node.left) or self.dtype(node.right)
        if isinstance(node, ast.UnaryOp):
            return self.dtype(node.operand)
        if isinstance(node, ast.Call):
            member = self.member(node)
            if member in FLOATS:
                return member
            if member in ("cast", "Cast"):
                return next(
                    (
                        a.value
                        for a in node.args
                        if isinstance(a, ast.Constant) and a.value in FLOATS
                    ),
                    "",
                )
            return next(filter(None, map(self.dtype, node.args)), "")
        return ""

    def let(self, call: ast.AST) -> tuple[ast.expr, ast.expr] | None:
        """Return name and value of ``T.let(x, value)`` or ``T.LetStmt(value, var=x)``.

        None for another call, such as the expression ``T.let(x, value, body)``.
        """
        if not isinstance(call, ast.Call) or self.member(call) not in ("let", "LetStmt"):
            return None
        first, second = self.argument(call, 0, "value"), self.argument(call, 1, "var")
        if first is None or second is None or len(call.args) > 2:
            return None
        return (first, second) if self.member(call) == "let" else (second, first)

    def _note_buffers_and_uses(self, node: ast.AST) -> None:
        """Note declarations of buffers and scalars, and how names and strings are used."""
        if isinstance(node, ast.arg) and node.annotation is not None:
            self._buffer(node.arg, node.annotation)
            self.scalars[node.arg] = self._float(self.member(node.annotation))
        for target, value in bindings(node):
            if isinstance(value, ast.Call) and self.member(value) in ("allocate", "allocate_const"):
                self.pointers.add(target)
            self._buffer(target, value)
            if isinstance(node, ast.Assign) and target in self.makers:
                self.declarations[target] = node
        if isinstance(node, ast.Attribute):
            self.owners.add(node.value)
        elif isinstance(node, ast.Subscript):
            self.indexed.add(node.value)
        elif isinstance(node, ast.Expr):
            self.prose.add(node.value)
        elif isinstance(node, ast.Assert) and node.msg is not None:
            self.prose.add(node.msg)
        elif isinstance(node, ast.Call) and self.member(node) in EXTERN_CALLS:
            self.prose.update(node.args)

    def _note_scalars(self, node: ast.AST) -> None:
        """Note the dtypes of names for values, once all buffers are known."""
        for target, value in bindings(node):
            if isinstance(value, ast.Call) and self.member(value) in ("let", "LetStmt"):
                self.lets[target] += 1
            if isinstance(value, ast.Call) and target not in self.buffers:
                self.scalars[target] = self.dtype(value) or self._var_dtype(value)
        bound = self.let(node)
        if bound is not None and isinstance(bound[0], ast.Name):
            self.let_names.add(bound[0].id)
            self.lets[bound[0].id] += 1
            self.scalars.setdefault(bound[0].id, self.dtype(bound[1]))

    def _buffer(self, name: str, value: ast.expr) -> None:
        """Note a buffer, if the value of a name makes one."""
        maker = value.value if isinstance(value, ast.Subscript) else value
        position = BUFFERS.get(self.member(maker))
        if position is None:
            return
        dtype: ast.expr | None = None
        if isinstance(value, ast.Call):
            dtype = self.argument(value, position, "dtype")
        elif isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Tuple):
            dtype = value.slice.elts[-1]
        self.buffers[name] = "float32" if dtype is None else self._constant(dtype)
        self.makers[name] = value

    def _var_dtype(self, call: ast.Call) -> str:
        """Return the dtype of ``T.var("float32")``, empty for another call."""
        return self._constant(call.args[0]) if self.member(call) == "var" and call.args else ""

    def _constant(self, node: ast.expr) -> str:
        try:
            return self._float(evaluate(node, self.variables))
        except SourceError:
            return ""

    def _float(self, value: object) -> str:
        return value if isinstance(value, str) and value in FLOATS else ""


def bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the name and the value of ``name = value`` or of ``with value as name``."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        yield node.targets[0].id, node.value
    elif isinstance(node, ast.With) and len(node.items) == 1:
        target = node.items[0].optional_vars
        if isinstance(target, ast.Name):
            yield target.id, node.items[0].context_expr
