"""Write the expressions of a CUDA text as C++ on values of warps (``runtime/warps``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from viz.emulator.warps.counters import CostCounters
from viz.emulator.warps.fragments import OPERATIONS
from viz.emulator.warps.grammar import Unsaid
from viz.emulator.warps.pointers import is_pointer, own_array
from viz.emulator.warps.thread_values import key_of, of_lane, thread_range
from viz.emulator.warps.tree import CudaVariable, Expression, FunctionTree, expressions
from viz.emulator.warps.uniform import varies
from viz.emulator.warps.warp_numbers import is_broadcast, is_warp_number
from viz.messages import message_of

UNARY = {"-": "negate", "+": "plus", "!": "not_", "~": "invert"}
BINARY = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "remainder",
    "<<": "shift_left",
    ">>": "shift_right",
    "&": "and_",
    "|": "or_",
    "^": "xor_",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}
LAZY = {"&&": "both", "||": "either"}
SHUFFLES = {
    "__shfl_sync": "Direct",
    "__shfl_up_sync": "Up",
    "__shfl_down_sync": "Down",
    "__shfl_xor_sync": "Xor",
}
VOTES = {"__ballot_sync": "ballot", "__any_sync": "any", "__all_sync": "all"}
REDUCTIONS = {
    "__reduce_add_sync": "operations::add",
    "__reduce_min_sync": "Smaller",
    "__reduce_max_sync": "Greater",
    "__reduce_and_sync": "operations::and_",
    "__reduce_or_sync": "operations::or_",
    "__reduce_xor_sync": "operations::xor_",
}
BARRIERS = {
    "__syncthreads": "{}",
    "__syncthreads_count": "{}",
    "__syncthreads_or": "static_cast<int>({} != 0)",
    "__syncthreads_and": "static_cast<int>({} == 0)",
}
"""What a barrier returns, of how many threads' predicate held; ``and`` counts the others."""


class Designated(NamedTuple):
    """What an expression designates.

    Attributes
    ----------
    kind
        ``variable``, ``member`` (of a variable), ``bits`` (of a variable), ``array`` (a lane's
        own), ``memory`` (a pointer and an index) or ``pointer``.
    target
        The variable or the pointer, written.
    element
        The index, written; empty for none.
    type
        The type that it is accessed as where that is another one, else empty; of ``bits`` with
        their number where they are not the first of this type.
    """

    kind: str
    target: str
    element: str = ""
    type: str = ""


class ExpressionWriter:
    """Writes expressions.

    Parameters
    ----------
    checked
        Whether the accesses are checked.
    helpers
        The functions of the text that are written for warps too.
    called
        Gets the other functions, which are called for each lane.
    counters
        Numbers what is counted; None where nothing is.
    """

    def __init__(
        self,
        *,
        checked: bool,
        helpers: Mapping[str, FunctionTree],
        called: set[str],
        counters: CostCounters | None = None,
    ) -> None:
        self.checked = checked
        self.counters = counters
        self.call = ""
        """What a helper adds to the places of its accesses: the place of its call, written."""
        self.tracked: set[CudaVariable] = set()
        """Variables that may hold an uninitialised value, in checked mode."""
        self.line = "0"
        """The line of the running statement, written."""
        self.thread_values: dict[str, tuple[str, str]] = {}
        """Names and values that depend on the thread's index alone, by what they compute."""
        self._called = called
        self._helpers = helpers
        self._masks = 0

    def site(self, node: Expression, mask: str) -> str:
        """Return the place of an access and its mask, as the first arguments of what does it."""
        return f"{self.place_of(node)}, {mask}"

    def place_of(self, node: Expression) -> str:
        """Return the place of an access, written; in a counted helper with that of its call."""
        if self.counters is None:
            return str(node.place)
        self.counters.ends[node.place] = node.end
        return f"{self.call}{node.place}"

    def condition(self, node: Expression, mask: str) -> str:
        """Return the condition of a branch that lanes may take differently."""
        written = self.value(node, mask)
        if self.counters is None or not self.counters.is_room():
            return written
        return f"warps::decided({self.counters.branch(node)}, {mask}, {written})"

    def new_mask(self) -> str:
        """Return the name of another mask."""
        self._masks += 1
        return f"mask__{self._masks}"

    # ------------------------------------------------------------ values

    def value(self, node: Expression, mask: str) -> str:
        """Return an expression in C++, in the lanes of a mask."""
        if node.kind == "binary" and node.text in BINARY and thread_range(node) is not None:
            return self._thread_value(node)
        written = _VALUES[node.kind](self, node, mask)
        one = is_warp_number(node) or (is_broadcast(node) and not varies(node))
        return f"warps::common({mask}, {written})" if one else written

    def _thread_value(self, node: Expression) -> str:
        """Return the name of a value that is computed at the beginning of the function."""
        if not varies(node):
            return of_lane(node)
        name = f"thread__{len(self.thread_values)}"
        written = f"warps::thread_value([&](unsigned lane__) {{ return {of_lane(node)}; }})"
        return self.thread_values.setdefault(key_of(node), (name, written))[0]

    def _name(self, node: Expression, mask: str) -> str:
        variable = node.variable
        if variable is not None and variable.kind in ("array", "fragment"):
            raise self._unsaid(node)
        if variable in self.tracked:
            return f"warps::use({mask}, {node.text})"
        return node.text

    def _literal(self, node: Expression, mask: str) -> str:
        return node.text

    def _unary(self, node: Expression, mask: str) -> str:
        (part,) = node.parts
        return f"warps::{UNARY[node.text]}({mask}, {self.value(part, mask)})"

    def _binary(self, node: Expression, mask: str) -> str:
        left, right = node.parts
        if node.text in LAZY:
            inner = self.new_mask()
            late = f"[&](warps::Mask {inner}) {{ return {self.value(right, inner)}; }}"
            return f"warps::{LAZY[node.text]}({mask}, {self.value(left, mask)}, {late})"
        if is_pointer(node):
            return self._moved(node, mask)
        if is_pointer(left) or is_pointer(right):
            raise self._unsaid(node)
        parts = f"{self.value(left, mask)}, {self.value(right, mask)}"
        return f"warps::{BINARY[node.text]}({mask}, {parts})"

    def _moved(self, node: Expression, mask: str) -> str:
        pointer, count = node.parts
        steps = self.value(count, mask)
        if node.text == "-":
            steps = f"warps::negate({mask}, {steps})"
        return f"warps::offset({mask}, {self.value(pointer, mask)}, {steps})"

    def _conditional(self, node: Expression, mask: str) -> str:
        condition, *sides = node.parts
        late = []
        for side in sides:
            inner = self.new_mask()
            late.append(f"[&](warps::Mask {inner}) {{ return {self.value(side, inner)}; }}")
        decided = (
            self.condition(condition, mask) if varies(condition) else self.value(condition, mask)
        )
        return f"warps::select({mask}, {decided}, {', '.join(late)})"

    def _cast(self, node: Expression, mask: str) -> str:
        (part,) = node.parts
        return f"warps::cast<{node.text}>({mask}, {self.value(part, mask)})"

    def _pointer_cast(self, node: Expression, mask: str) -> str:
        (part,) = node.parts
        kind = node.text.removeprefix("volatile ")
        function = "pointer_cast" if kind == node.text else "volatile_cast"
        kind = "char" if kind == "void" else kind
        return f"warps::{function}<{kind}>({self.value(part, mask)})"

    def _address(self, node: Expression, mask: str) -> str:
        place = self.place(node.parts[0], mask)
        if place.kind == "pointer":
            return place.target
        if place.kind != "memory":
            raise self._unsaid(node)
        return f"warps::offset({mask}, {place.target}, {place.element})"

    def _load(self, node: Expression, mask: str) -> str:
        place = self.place(node, mask)
        site = self.site(node, mask)
        match place.kind:
            case "variable" | "member":
                return place.target
            case "bits":
                return f"warps::bits_of<{place.type}>({mask}, {place.target})"
            case "pointer":
                return f"warps::load_at({site}, {place.target})"
            case _ if place.type:
                return f"warps::load_as<{place.type}>({site}, {place.target}, {place.element})"
            case _:
                return f"warps::load({site}, {place.target}, {place.element})"

    def _field(self, node: Expression, mask: str) -> str:
        (part,) = node.parts
        return f"{self.value(part, mask)}.{node.text}"

    def _arrow(self, node: Expression, mask: str) -> str:
        whole = Expression("deref", "", node.parts, None, node.place, node.end)
        return f"{self.value(whole, mask)}.{node.text}"

    # ------------------------------------------------------------ calls

    def _call(self, node: Expression, mask: str) -> str:
        name = node.text
        rule = _CALLS.get(name, _CALLS["atomic"] if name.startswith("atomic") else None)
        if rule is not None:
            return rule(self, node, mask)
        arguments = [self.value(part, mask) for part in node.parts]
        if name in self._helpers:
            return (
                f"warp_{name}({', '.join([mask, self.line, *self._called_at(node), *arguments])})"
            )
        if any(is_pointer(part) for part in node.parts):
            raise self._unsaid(node)
        if name.startswith("make_"):  # vectors of the lanes are made at once
            return f"warps::each({', '.join([self._function(name), *arguments])})"
        return f"warps::call({', '.join([mask, self._function(name), *arguments])})"

    def _called_at(self, node: Expression) -> list[str]:
        """Return what the accesses of a helper add to their places: the first call's."""
        if self.counters is None:
            return []
        self.counters.ends[node.place] = node.end
        return [self.call.removesuffix(" + ") or f"{node.place << 32}ll"]

    def _function(self, name: str) -> str:
        """Return an object that calls a function of the text: one for all of its calls."""
        self._called.add(name)
        return f"Call_{name}()"

    def _at(self, node: Expression, mask: str) -> str:
        return f'{self.line}, "{node.text}", {mask}'

    def _barrier(self, node: Expression, mask: str) -> str:
        predicate = self.value(node.parts[0], mask) if node.parts else "false"
        if node.text.endswith("_and"):
            predicate = f"warps::not_({mask}, {predicate})"
        return BARRIERS[node.text].format(f"warps::barrier({self._at(node, mask)}, {predicate})")

    def _sync(self, node: Expression, mask: str) -> str:
        wanted = self.value(node.parts[0], mask) if node.parts else "warps::FULL"
        return f"warps::sync({self._at(node, mask)}, {wanted})"

    def _active(self, node: Expression, mask: str) -> str:
        return f"warps::active({mask})"

    def _shuffle(self, node: Expression, mask: str) -> str:
        wanted, operand, *source = node.parts
        written = [self.value(part, mask) for part in source]
        sent = self.value(operand, mask)
        if self.checked:  # whether it is initialised matters to the lane that receives it
            sent = f"warps::sent({mask}, [&] {{ return {sent}; }})"
        parts = ", ".join([self._at(node, mask), self.value(wanted, mask), sent, *written])
        return f"warps::shuffle<warps::{SHUFFLES[node.text]}>({parts})"

    def _vote(self, node: Expression, mask: str) -> str:
        parts = ", ".join(self.value(part, mask) for part in node.parts)
        return f"warps::{VOTES[node.text]}({self._at(node, mask)}, {parts})"

    def _reduction(self, node: Expression, mask: str) -> str:
        parts = ", ".join(self.value(part, mask) for part in node.parts)
        return f"warps::reduce<warps::{REDUCTIONS[node.text]}>({self._at(node, mask)}, {parts})"

    def _atomic(self, node: Expression, mask: str) -> str:
        parts = ", ".join(self.value(part, mask) for part in node.parts)
        return f"warps::atomic({self.site(node, mask)}, {self._function(node.text)}, {parts})"

    def _read_only(self, node: Expression, mask: str) -> str:
        return f"warps::load_at({self.site(node, mask)}, {self.value(node.parts[0], mask)})"

    # ------------------------------------------------------------ places

    def place(self, node: Expression, mask: str) -> Designated:
        """Return what an expression designates, to read it or to write it."""
        if node.kind == "index":
            base, index = node.parts
            if base.kind == "pointer-cast" and index.kind == "literal":
                whole = self._pointed(base, mask)
                if whole.kind == "bits":
                    return whole._replace(type=f"{whole.type}, {index.text}")
            written = self.value(index, mask)
            if (array := own_array(base)) is not None:
                return Designated("array", array.name, written)
            return Designated("memory", self.value(base, mask), written)
        if node.kind == "deref":
            return self._pointed(node.parts[0], mask)
        if node.kind == "name" and node.variable is not None:
            return Designated("variable", node.text)
        if node.kind == "field":
            whole = self.place(node.parts[0], mask)
            if whole.kind in ("variable", "member"):
                return Designated("member", f"{whole.target}.{node.text}")
        raise self._unsaid(node)

    def _pointed(self, pointer: Expression, mask: str) -> Designated:
        """Return what a pointer points to: a lane's own variables have no addresses."""
        kind, inner = "", pointer
        while inner.kind == "pointer-cast":
            kind, inner = kind or inner.text, inner.parts[0]
        if (array := own_array(inner)) is not None:
            return Designated("array", array.name, "0", kind)
        if inner.kind == "binary" and (array := own_array(inner.parts[0])) is not None:
            if inner.text != "+":
                raise self._unsaid(pointer)
            return Designated("array", array.name, self.value(inner.parts[1], mask), kind)
        if inner.kind == "address":
            target = self.place(inner.parts[0], mask)
            if target.kind == "array" and not target.type:
                return target._replace(type=kind)
            if target.kind in ("variable", "member"):
                if not kind:
                    raise self._unsaid(pointer)
                return Designated("bits", target.target, "", kind)
        return Designated("pointer", self.value(pointer, mask))

    def _unsaid(self, node: Expression) -> Unsaid:
        words = " ".join(part.text for part in expressions(node) if part.text)
        return Unsaid(message_of("warps-construct", construct=words[:60], line=self.line))


_Rule = Callable[[ExpressionWriter, Expression, str], str]
_VALUES: dict[str, _Rule] = {
    "name": ExpressionWriter._name,
    "literal": ExpressionWriter._literal,
    "unary": ExpressionWriter._unary,
    "binary": ExpressionWriter._binary,
    "conditional": ExpressionWriter._conditional,
    "cast": ExpressionWriter._cast,
    "pointer-cast": ExpressionWriter._pointer_cast,
    "address": ExpressionWriter._address,
    "index": ExpressionWriter._load,
    "deref": ExpressionWriter._load,
    "field": ExpressionWriter._field,
    "arrow": ExpressionWriter._arrow,
    "call": ExpressionWriter._call,
}
_CALLS: dict[str, _Rule] = {
    **dict.fromkeys(BARRIERS, ExpressionWriter._barrier),
    **dict.fromkeys(SHUFFLES, ExpressionWriter._shuffle),
    **dict.fromkeys(VOTES, ExpressionWriter._vote),
    **dict.fromkeys(REDUCTIONS, ExpressionWriter._reduction),
    "__syncwarp": ExpressionWriter._sync,
    "__activemask": ExpressionWriter._active,
    "__ldg": ExpressionWriter._read_only,
    "atomic": ExpressionWriter._atomic,
    **OPERATIONS,
}
