"""Write the statements of a kernel as C++ that one call runs for all lanes of a warp.

A branch that lanes take differently is a mask; a lane that leaves a loop or returns is taken out of
the masks of what it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from viz.emulator.warps import fragments
from viz.emulator.warps.expressions import ExpressionWriter
from viz.emulator.warps.grammar import Unsaid
from viz.emulator.warps.pointers import is_pointer, volatile
from viz.emulator.warps.tree import (
    Assign,
    CudaBlock,
    CudaVariable,
    Declare,
    Evaluate,
    Expression,
    If,
    Leave,
    Loop,
    Statement,
    expressions,
    own_expressions,
    statements,
)
from viz.emulator.warps.uniform import Flow
from viz.messages import message_of

_TRACKED_TYPES = frozenset(
    (
        *("bool", "signed char", "uchar", "short", "ushort", "int", "uint", "int64_t", "uint64_t"),
        *("half", "float", "double", "nv_bfloat16"),
    )
)


class _Around(NamedTuple):
    """What a statement is in.

    Attributes
    ----------
    masks
        The masks around it, the outermost first; the last one has its lanes.
    loop
        Of the innermost loop, the numbers of masks outside of it and outside of its body; None for
        one that all lanes leave together, and outside of loops.
    """

    masks: tuple[str, ...]
    loop: tuple[int, int] | None = None

    @property
    def mask(self) -> str:
        """The mask of the statement."""
        return self.masks[-1]


class StatementWriter:
    """Writes the statements of one function.

    Parameters
    ----------
    dynamic
        Returns the declaration of a dynamic shared array.
    placed
        Whether statements set their lines; those of a helper are at the line that calls it.
    """

    def __init__(
        self,
        expressions_: ExpressionWriter,
        flow: Flow,
        dynamic: Callable[[CudaVariable], str],
        *,
        placed: bool,
    ) -> None:
        self._expressions = expressions_
        self._checked = expressions_.checked
        self._divergent = flow.divergent
        self._dynamic = dynamic
        self._placed = placed

    @property
    def thread_values(self) -> tuple[tuple[str, str], ...]:
        """Names and values to compute before the statements that were written."""
        return tuple(self._expressions.thread_values.values())

    def body(self, block: CudaBlock, mask: str) -> Iterator[str]:
        """Yield the lines of a function's body."""
        yield from self._block(block, _Around((mask,)))

    def _block(self, block: CudaBlock, around: _Around) -> Iterator[str]:
        """Yield a block's statements; after one that lanes leave, the rest is for the others."""
        closing = 0
        for statement in block.statements:
            yield from self._statement(statement, around)
            if self._loses_lanes(statement):
                yield f"if ({around.mask}) {{"
                closing += 1
        if closing:
            yield "}" * closing

    def _loses_lanes(self, statement: Statement) -> bool:
        return any(isinstance(inner, Leave) for inner in statements(statement))

    def _statement(self, node: Statement, around: _Around) -> Iterator[str]:
        if isinstance(node, CudaBlock):
            yield "{"
            yield from self._block(node, around)
            yield "}"
            return
        if self._placed:
            self._expressions.line = str(node.line)
            yield f"#line {node.line}"
            if self._checked and not _is_array(node):
                yield f"warps::at({node.line}, {around.mask});"
        if counted := self._counted(_done_once(node), around.mask):
            yield counted
        if self._checked and any(map(volatile, own_expressions(node))):
            yield f"warps::in_step({around.mask});"
        yield from _WRITERS[type(node)](self, node, around)

    def _counted(self, parts: tuple[Expression, ...], mask: str, end: str = ";") -> str:
        """Return what counts the arithmetic of expressions, which the lanes of a mask do."""
        counters = self._expressions.counters
        number = None if counters is None else counters.statement(parts)
        return "" if number is None else f"warps::did({number}, {mask}){end}"

    # ------------------------------------------------------------ variables

    def _declare(self, node: Declare, around: _Around) -> Iterator[str]:
        yield f"{self._declaration(node.variable, around.mask)};"

    def _declaration(self, variable: CudaVariable, mask: str) -> str:
        name, kind = variable.name, variable.type
        if variable.kind == "dynamic":
            return self._dynamic(variable)
        if variable.kind == "shared":
            if self._checked:
                return f"EMULATOR_SHARED({kind}, {name}, {variable.extent})"
            return f"__shared__ __align__(64) {kind} {name}[{variable.extent}]"
        if variable.kind == "fragment":
            return fragments.declared(variable)
        if variable.kind == "array":
            template = "Private" if variable.varies else "Common"
            made = f'("{name}")' if self._checked else ""
            return f"warps::{template}<{kind}, {variable.extent}> {name}{made}"
        initial = variable.initial
        if variable.pointer:
            if initial is None or len(variable.assigned) > 0:
                raise Unsaid(message_of("warps-construct", construct=name, line=0))
            return f"auto {name} = {self._expressions.value(initial, mask)}"
        held = f"warps::Lanes<{kind}>" if variable.varies else kind
        value = "" if initial is None else self._expressions.value(initial, mask)
        if self._checked and self._may_be_uninitialised(variable):
            self._expressions.tracked.add(variable)
            return f"warps::Tracked<{held}> {name}({', '.join(filter(None, (mask, value)))})"
        if not value:
            return f"{held} {name}"
        if variable.varies:
            return f"{held} {name} = warps::spread<{kind}>({value})"
        return f"{held} {name} = static_cast<{kind}>({value})"

    def _may_be_uninitialised(self, variable: CudaVariable) -> bool:
        if variable.type not in _TRACKED_TYPES:
            return False
        if variable.initial is None:
            return True
        return any(
            part.kind in ("index", "deref", "arrow")
            or part.variable in self._expressions.tracked
            or (part.kind == "call" and part.text.startswith("__shfl"))
            for part in expressions(variable.initial)
        )

    def _assign(self, node: Assign, around: _Around) -> Iterator[str]:
        if self._checked and volatile(node.target) and volatile(node.value):
            value = self._expressions.value(node.value, around.mask)
            yield f"{{ const auto value__ = {value};"
            yield f"warps::in_step({around.mask});"
            yield f"{self._assignment(node.target, 'value__', around.mask)}; }}"
            return
        yield f"{self._set(node, around.mask)};"

    def _set(self, node: Assign, mask: str) -> str:
        value = self._expressions.value(node.value, mask)
        return self._assignment(node.target, value, mask)

    def _assignment(self, target: Expression, value: str, mask: str) -> str:
        if target.kind == "arrow":
            return self._set_member(target, value, mask)
        place = self._expressions.place(target, mask)
        site = self._expressions.site(target, mask)
        match place.kind:
            case "variable" | "member":
                if is_pointer(target):
                    raise Unsaid(message_of("warps-construct", construct=place.target, line=0))
                return f"warps::assign({mask}, {place.target}, {value})"
            case "bits":
                return f"warps::set_bits<{place.type}>({mask}, {place.target}, {value})"
            case "pointer":
                return f"warps::store_at({site}, {place.target}, {value})"
            case _ if place.type:
                parts = f"{site}, {place.target}, {place.element}, {value}"
                return f"warps::store_as<{place.type}>({parts})"
            case _:
                return f"warps::store({site}, {place.target}, {place.element}, {value})"

    def _set_member(self, target: Expression, value: str, mask: str) -> str:
        """Write a member of a vector type that a variable is taken for."""
        whole = Expression("deref", "", target.parts, None, target.place, target.end)
        place = self._expressions.place(whole, mask)
        if place.kind != "bits":
            raise Unsaid(message_of("warps-construct", construct=f"->{target.text}", line=0))
        bits = f"warps::spread<{place.type}>(warps::bits_of<{place.type}>({mask}, {place.target}))"
        setting = f"warps::assign({mask}, whole__.{target.text}, {value})"
        back = f"warps::set_bits<{place.type}>({mask}, {place.target}, whole__)"
        return f"{{ auto whole__ = {bits}; {setting}; {back}; }}"

    def _evaluate(self, node: Evaluate, around: _Around) -> Iterator[str]:
        yield f"{self._expressions.value(node.value, around.mask)};"

    # ------------------------------------------------------------ branches

    def _branch(self, node: If, around: _Around) -> Iterator[str]:
        divergent = id(node) in self._divergent
        written = self._expressions.condition if divergent else self._expressions.value
        condition = written(node.condition, around.mask)
        decided = f"const warps::Branch branch__({around.mask});" if self._checked else ""
        if not divergent:
            yield f"{{ const bool taken__ = {condition}; {decided}"
            yield "if (taken__) {"
            yield from self._block(node.then, around)
            if node.other is not None:
                yield "} else {"
                yield from self._block(node.other, around)
            yield "}}"
            return
        then, other = self._expressions.new_mask(), self._expressions.new_mask()
        yield f"{{ warps::Mask {then} = warps::mask_of({around.mask}, {condition}); {decided}"
        if node.other is not None:
            yield f"warps::Mask {other} = {around.mask} & ~{then};"
        yield f"if ({then}) {{"
        yield from self._block(node.then, around._replace(masks=(*around.masks, then)))
        yield "}"
        if node.other is not None:
            yield f"if ({other}) {{"
            yield from self._block(node.other, around._replace(masks=(*around.masks, other)))
            yield "}"
        yield "}"

    # ------------------------------------------------------------ loops

    def _loop(self, node: Loop, around: _Around) -> Iterator[str]:
        if id(node) in self._divergent:
            yield from self._divergent_loop(node, around)
            return
        mask = around.mask
        first = ""
        if isinstance(node.first, Declare):
            first = self._declaration(node.first.variable, mask)
        elif node.first is not None:
            first = self._set(node.first, mask)
        condition = update = ""
        if node.condition is not None:
            condition = self._counted((node.condition,), mask, ", ")
            condition += self._expressions.value(node.condition, mask)
        if node.update is not None:
            update = self._counted(_done_once(node.update), mask, ", ")
            update += self._set(node.update, mask)
        yield f"for ({first}; {condition}; {update}) {{"
        yield from self._block(node.body, around._replace(loop=None))
        yield "}"

    def _divergent_loop(self, node: Loop, around: _Around) -> Iterator[str]:
        inside, body = self._expressions.new_mask(), self._expressions.new_mask()
        yield f"{{ warps::Mask {inside} = {around.mask};"
        loop = _Around((*around.masks, inside))
        if isinstance(node.first, Declare):
            yield f"{self._declaration(node.first.variable, inside)};"
        elif node.first is not None:
            yield f"{self._set(node.first, inside)};"
        yield "for (;;) {"
        if node.condition is not None:
            if counted := self._counted((node.condition,), inside):
                yield counted
            condition = self._expressions.condition(node.condition, inside)
            yield f"{inside} = warps::mask_of({inside}, {condition});"
        yield f"if (!{inside}) break;"
        yield f"warps::Mask {body} = {inside};"
        outside = len(around.masks), len(around.masks) + 1
        yield from self._block(node.body, _Around((*loop.masks, body), outside))
        yield f"if (!{inside}) break;"
        if node.update is not None:
            if counted := self._counted(_done_once(node.update), inside):
                yield counted
            yield f"{self._set(node.update, inside)};"
        yield "}}"

    def _leave(self, node: Leave, around: _Around) -> Iterator[str]:
        if node.what == "return":
            yield from self._return(node, around)
            return
        if around.loop is None:
            yield f"{node.what};"
            return
        kept = around.loop[0] if node.what == "break" else around.loop[1]
        yield self._taken_out(around.masks[kept:])

    def _return(self, node: Leave, around: _Around) -> Iterator[str]:
        if len(around.masks) == 1:
            value = "" if node.value is None else self._expressions.value(node.value, around.mask)
            yield f"return {value};"
            return
        if node.value is not None or not self._placed:
            raise Unsaid(message_of("warps-construct", construct="return", line=node.line))
        yield f"warps::leave({around.mask});"
        yield self._taken_out(around.masks)

    def _taken_out(self, masks: tuple[str, ...]) -> str:
        """Take the lanes of the last mask out of all masks."""
        taken = " ".join(f"{mask} &= ~leaving__;" for mask in masks)
        return f"{{ const warps::Mask leaving__ = {masks[-1]}; {taken} }}"


def _done_once(node: Statement) -> tuple[Expression, ...]:
    """Return the expressions that a statement computes whenever it runs: of a loop its start."""
    if isinstance(node, Loop):
        return () if node.first is None else own_expressions(node.first)
    return own_expressions(node)


def _is_array(node: Statement) -> bool:
    return isinstance(node, Declare) and node.variable.kind in ("array", "shared", "dynamic")


_WRITERS: dict[type, Callable[..., Iterator[str]]] = {
    Declare: StatementWriter._declare,
    Assign: StatementWriter._assign,
    Evaluate: StatementWriter._evaluate,
    If: StatementWriter._branch,
    Loop: StatementWriter._loop,
    Leave: StatementWriter._leave,
}
