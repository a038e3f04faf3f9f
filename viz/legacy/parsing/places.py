"""Run the parser of the 2024 TVM so that its objects and its errors have places in the text.

That TVM keeps no spans. A table has the place of each object instead, by the object's handle: of an
expression when the parser has evaluated it, of a statement when the builder has made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from tvm import tir
from tvm.error import DiagnosticError
from tvm.script.ir_builder.base import IRBuilder, IRBuilderFrame
from tvm.script.ir_builder.tir import frame as frames_of_tir
from tvm.script.parser.core import doc
from tvm.script.parser.core.evaluator import ExprEvaluator
from tvm.script.parser.core.parser import Parser, ScriptMacro

from viz.legacy.reflection import handle_of, sub_statements
from viz.text import Span, Text

_LEFT_OF_UPDATE = "__tvm_tmp_value_aug_assign_lhs"
"""The name that TVM's parser gives the left side of ``a += b`` while it evaluates the sum."""

LOOPS = ("range", "serial", "parallel", "vectorized", "unroll", "grid", "thread_binding")
"""The functions that make loops."""

NOT_WHOLE = "the extent of a loop is no integer"

_EXTENTS = ("start", "stop", "end", "step", "extent")
_NO_STATEMENT = (
    frames_of_tir.PrimFuncFrame,
    frames_of_tir.BlockInitFrame,
    frames_of_tir.ThenFrame,
    frames_of_tir.ElseFrame,
)
"""Frames that add no statement to the frame around them when they are left."""


class PlacedError(DiagnosticError):  # type: ignore[misc]
    """A diagnostic of the parser with its span in the text that TVM parsed."""

    def __init__(self, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.span = span


class PlaceTable:
    """The places of objects in the text that TVM parsed, by handle.

    It keeps the objects, since a handle names an object only as long as that is alive.
    """

    def __init__(self, text: str) -> None:
        self._text = Text(text)
        self._spans: dict[int, Span] = {}
        self._kept: list[Any] = []

    def note(self, obj: Any, node: doc.AST) -> None:
        """Note where an object is made; the first place counts, since later ones refer to it."""
        handle = handle_of(obj)
        if handle not in self._spans and (span := span_of_doc(node, self._text)) is not None:
            self._spans[handle] = span
            self._kept.append(obj)

    def span(self, obj: Any) -> Span | None:
        """Return the place of an object in the text that TVM parsed; None where it has none."""
        return self._spans.get(handle_of(obj))

    def carry_over(self, old: Any, new: Any) -> None:
        """Give the statements of a body the places of those that it was completed from.

        TVM completes a function when its frame is left: it puts a root block around the body, and
        makes blocks that lack regions, with the statements around them, anew.
        """
        if isinstance(new, tir.BlockRealize) and not isinstance(old, tir.BlockRealize):
            new = new.block.body
        waiting = [(old, new)]
        while waiting:
            old, new = waiting.pop()
            if type(old) is not type(new) or handle_of(old) == handle_of(new):
                continue
            if (span := self._spans.get(handle_of(old))) is not None:
                self._spans[handle_of(new)] = span
                self._kept += [old, new]
            before, after = sub_statements(old), sub_statements(new)
            if len(before) == len(after):
                waiting += zip(before, after, strict=True)


class PlacingParser(Parser):  # type: ignore[misc]
    """The parser of the 2024 TVM, noting places and raising errors with their spans.

    Attributes
    ----------
    places
        The places of the objects that were made.
    bodies
        The statements of each function before TVM completed it, by the function's name.
    failure
        The first error of a statement that was checked when others had been read, with its place.
    """

    def __init__(self, source: Any) -> None:
        super().__init__(source, {})
        self.places = PlaceTable(source.source)
        self.bodies: list[tuple[str, list[Any]]] = []
        self._text = Text(source.source)
        self.failure: PlacedError | None = None
        self._statements: list[doc.stmt] = []
        self._opened: dict[int, doc.stmt] = {}
        self._frames: list[Any] = []
        self._stored: tuple[doc.AST, ...] = ()
        self._update: doc.AugAssign | None = None

    # ------------------------------------------------------------ statements

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Note what frames of the builder make when they are left, as long as the block lasts."""
        original = IRBuilderFrame.__exit__

        def leave(frame: Any, kind: Any, error: Any, trace: Any) -> None:
            try:
                original(frame, kind, error, trace)
            except Exception as failure:
                self._note_failure(frame, failure)
                raise
            if kind is None:
                self._left(frame)

        IRBuilderFrame.__exit__ = leave
        try:
            yield
        finally:
            IRBuilderFrame.__exit__ = original

    def _note_failure(self, frame: Any, error: Exception) -> None:
        """Note that a frame cannot be left, whose statement is checked only then: a LetStmt's."""
        node = self._opened.get(handle_of(frame))
        if node is not None and self.failure is None:
            self.failure = PlacedError(str(error), span_of_doc(node, self._text))

    def visit(self, node: doc.AST) -> None:
        """Visit a node; what a statement adds to its frame has the statement's place."""
        if not isinstance(node, doc.stmt):
            super().visit(node)
            return
        before = _frames()
        count = _size(before)
        self._statements.append(node)
        super().visit(node)
        self._statements.pop()
        after = _frames()
        for frame in after[len(before) :]:
            self._opened[handle_of(frame)] = node
            self._frames.append(frame)
        if before and count is not None:
            for statement in list(before[-1].stmts)[count:]:
                self.places.note(statement, node)

    def _left(self, frame: Any) -> None:
        """Note the statement that a frame has added to the one around it."""
        node = self._opened.pop(handle_of(frame), None) or self._statements[-1]
        if isinstance(frame, _NO_STATEMENT):
            return
        around = _frames()
        if around and _size(around):
            self.places.note(around[-1].stmts[-1], node)

    def visit_body(self, node: list[doc.stmt]) -> Any:
        """Visit a body; that of a function is kept as it is before TVM completes it."""
        frames = _frames()
        if frames and isinstance(frames[-1], frames_of_tir.PrimFuncFrame):
            self._frames.append(frames[-1])
            # What is added first is called last.
            frames[-1].add_callback(self._keep_body)
        return super().visit_body(node)

    def _keep_body(self) -> None:
        frame = _frames()[-1]
        self.bodies.append((str(frame.name), list(frame.stmts)))

    def complete(self, function: Any, name: str) -> None:
        """Give the statements of a function the places of those that it was made of."""
        for known, statements in self.bodies:
            if known == name and statements:
                whole = statements[0] if len(statements) == 1 else tir.SeqStmt(statements)
                self.places.carry_over(whole, function.body)

    # ------------------------------------------------------------ expressions

    def eval_expr(self, node: Any, extra_vars: dict[str, Any] | None = None) -> Any:
        """Evaluate an expression and note its place; what is stored must not be None."""
        table = self.var_table.get() | (extra_vars or {})
        table[ScriptMacro.parser_object_name] = self
        value = _PlacingEvaluator(self, table).value(node)
        if any(node is operand for operand in self._stored):
            if value is None:
                self.report_error(node, "this has no value (None)")
        return value

    def place(self, value: Any, node: doc.expr, operands: list[Any]) -> None:
        """Note the place of the value of an expression, and of numbers among its operands."""
        if not isinstance(value, tir.PrimExpr):
            return
        if isinstance(node, doc.BinOp) and self._update is not None:
            if isinstance(node.left, doc.Name) and node.left.id == _LEFT_OF_UPDATE:
                node = self._update
        self.places.note(value, node)
        if len(operands) == 2:
            for name, operand in zip("ab", operands, strict=True):
                part = getattr(value, name, None)
                if isinstance(part, tir.IntImm | tir.FloatImm):
                    self.places.note(part, operand)

    def visit_Assign(self, node: doc.Assign) -> Any:
        """Read an assignment, which must not store None."""
        self._stored = _stored(node.targets, node.value)
        return super().visit_Assign(node)

    def visit_AugAssign(self, node: doc.AugAssign) -> Any:
        """Read ``a += b``, whose sum has the statement's place."""
        self._stored = _stored([node.target], node.value)
        self._update = node
        return super().visit_AugAssign(node)

    def visit_For(self, node: doc.For) -> Any:
        """Read a loop, whose extents must be integers."""
        self._require_whole_extents(node.iter)
        return super().visit_For(node)

    def _require_whole_extents(self, loops: doc.expr) -> None:
        """Refuse a loop over ``6.5``, which TVM would make a loop over 6."""
        if not isinstance(loops, doc.Call):
            return
        maker = getattr(loops.func, "id", "") or getattr(loops.func, "attr", "")
        if maker not in LOOPS:
            return
        named = [keyword.value for keyword in loops.keywords if keyword.arg in _EXTENTS]
        for extent in [*loops.args, *named]:
            if isinstance(extent, doc.Starred | doc.Constant) and not _is_float(extent):
                continue
            value = self.eval_expr(extent)
            if isinstance(value, tir.FloatImm) or (
                isinstance(value, float) and not value.is_integer()
            ):
                self.report_error(extent, NOT_WHOLE)

    def report_error(self, node: doc.AST, err: Exception | str) -> NoReturn:
        """Raise a PlacedError at a node."""
        if isinstance(err, DiagnosticError):
            raise err
        message = str(err).strip() or type(err).__name__
        if isinstance(err, KeyError):
            message = f"unknown key {message}"
        raise PlacedError(message, span_of_doc(node, self._text)) from None


class _PlacingEvaluator(ExprEvaluator):  # type: ignore[misc]
    """TVM's evaluator, telling the parser the value of each expression."""

    def value(self, node: Any) -> Any:
        """Return the value of an expression."""
        result = self._visit(node)
        if isinstance(result, doc.Constant):
            return result.value
        return self.value_table[result.id]

    def _visit(self, node: Any) -> Any:
        result = super()._visit(node)
        if isinstance(node, doc.expr) and not isinstance(node, doc.Name | doc.Constant):
            if isinstance(result, doc.Name):
                pair: list[Any] = []
                if isinstance(node, doc.BinOp):
                    pair = [node.left, node.right]
                elif isinstance(node, doc.Compare) and len(node.ops) == 1:
                    pair = [node.left, node.comparators[0]]
                self.parser.place(self.value_table.get(result.id), node, pair)
        return result


def span_of_doc(node: doc.AST, text: Text) -> Span | None:
    """Return the span of a node of TVM's copy of Python's ``ast``."""
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    start = text.offset_of_byte(line, node.col_offset)
    return Span(start, text.offset_of_byte(node.end_lineno or line, node.end_col_offset or 0))


def _frames() -> list[Any]:
    return list(IRBuilder.current().frames)


def _size(frames: list[Any]) -> int | None:
    """Return how many statements the innermost frame has; None if it takes none."""
    statements = getattr(frames[-1], "stmts", None) if frames else None
    return None if statements is None else len(statements)


def _is_float(node: doc.expr) -> bool:
    return isinstance(node, doc.Constant) and isinstance(node.value, float)


def _stored(targets: list[doc.expr], value: doc.expr) -> tuple[doc.AST, ...]:
    """Return the value and the indices of an assignment to a buffer's element, else nothing."""
    target = targets[0]
    if not isinstance(target, doc.Subscript):
        return ()
    indices = target.slice.elts if isinstance(target.slice, doc.Tuple) else [target.slice]
    return (value, *indices)
