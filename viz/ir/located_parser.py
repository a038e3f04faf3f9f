"""Run TVM's parser so that its errors carry their spans, and spans are those of the text."""

from __future__ import annotations

from typing import Any, NoReturn

from tvm import tirx
from tvm.error import DiagnosticError
from tvm.script.parser.core import doc
from tvm.script.parser.core.parser import Parser

from viz.text import Span, Text

_LEFT_OF_UPDATE = "__tvm_tmp_value_aug_assign_lhs"
"""The name that TVM's parser gives the left side of ``a += b`` while it evaluates the sum."""

LOOPS = ("range", "serial", "parallel", "vectorized", "unroll", "grid", "thread_binding")
"""The functions that make loops."""

EXTENTS = ("start", "stop", "step", "extent")
"""Their arguments that are integers."""

NOT_WHOLE = "the extent of a loop is no integer"


class LocatedError(DiagnosticError):  # type: ignore[misc]
    """A diagnostic of the parser with its span in the text that TVM parsed."""

    def __init__(self, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.span = span


class LocatedParser(Parser):  # type: ignore[misc]
    """TVM's parser, raising errors with their spans instead of rendering them.

    Storing None (``B[vi] = None``), or at an index that is None, would end the process inside TVM;
    it is refused here.

    Two kinds of spans are corrected. A name refers to an object that other names refer to, too, so
    reading it does not set the object's span; and the sum of ``a += b`` has the statement's span.
    """

    _stored: tuple[doc.AST, ...] = ()
    _update: doc.AugAssign | None = None
    _evaluates_name = False

    def visit_Assign(self, node: doc.Assign) -> Any:
        """Read an assignment, which must not store None."""
        self._stored = _stored(node.targets, node.value)
        return super().visit_Assign(node)

    def visit_AugAssign(self, node: doc.AugAssign) -> Any:
        """Read ``a += b``, whose sum gets a span of its own."""
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
        named = [keyword.value for keyword in loops.keywords if keyword.arg in EXTENTS]
        for extent in [*loops.args, *named]:
            if isinstance(extent, doc.Starred) or _is_integer(extent):
                continue
            value = self.eval_expr(extent)
            if isinstance(value, tirx.FloatImm):
                self.report_error(extent, NOT_WHOLE)
            if isinstance(value, float) and not value.is_integer():
                self.report_error(extent, NOT_WHOLE)

    def with_source_span(self, node: doc.AST) -> Any:
        """Return the context in which new objects get the span of a node."""
        if isinstance(node, doc.BinOp) and self._update is not None:
            left = node.left  # TVM makes this sum, with the span of its left side
            if isinstance(left, doc.Name) and left.id == _LEFT_OF_UPDATE:
                node = self._update
        return super().with_source_span(node)

    def annotate_current_source_span(self, value: Any) -> Any:
        """Give an object the span at hand, unless a name was read."""
        return value if self._evaluates_name else super().annotate_current_source_span(value)

    def eval_expr(self, node: Any, extra_vars: dict[str, Any] | None = None) -> Any:
        """Evaluate an expression, which must not be None where it is stored."""
        outer, self._evaluates_name = self._evaluates_name, isinstance(node, doc.Name)
        try:
            value = super().eval_expr(node, extra_vars)
        finally:
            self._evaluates_name = outer
        if value is None and any(node is operand for operand in self._stored):
            self.report_error(node, "this has no value (None)")
        return value

    def report_error(self, node: doc.AST, err: Exception | str) -> NoReturn:
        """Raise a LocatedError at a node."""
        if isinstance(err, DiagnosticError):
            raise err
        message = str(err).strip() or type(err).__name__
        if isinstance(err, KeyError):
            message = f"unknown key {message}"
        raise LocatedError(message, _doc_span(node, Text(self.diag.source.source))) from None


def _is_integer(node: doc.expr) -> bool:
    return isinstance(node, doc.Constant) and isinstance(node.value, int)


def _stored(targets: list[doc.expr], value: doc.expr) -> tuple[doc.AST, ...]:
    """Return the value and the indices of an assignment to a buffer's element, else nothing."""
    target = targets[0]
    if not isinstance(target, doc.Subscript):
        return ()
    indices = target.slice.elts if isinstance(target.slice, doc.Tuple) else [target.slice]
    return (value, *indices)


def _doc_span(node: doc.AST, text: Text) -> Span | None:
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    start = text.offset_of_byte(line, node.col_offset)
    return Span(start, text.offset_of_byte(node.end_lineno or line, node.end_col_offset or 0))
