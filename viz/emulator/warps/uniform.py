"""Find what differs from lane to lane: which variables, and under which branches and loops.

A level is a mask: level 0 has all lanes that have not returned, and each branch and loop that lanes
take differently begins another. A variable is uniform if every value that it gets is, and all at
the level of its declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from viz.emulator.warps.grammar import Unsaid
from viz.emulator.warps.tree import (
    Assign,
    CudaBlock,
    CudaVariable,
    Declare,
    Evaluate,
    Expression,
    FunctionTree,
    If,
    Leave,
    Loop,
    Statement,
    expressions,
    own_expressions,
    statements,
)
from viz.emulator.warps.warp_numbers import is_broadcast, is_warp_number
from viz.messages import message_of

MEETINGS = frozenset(
    (
        "__syncthreads",
        "__syncthreads_count",
        "__syncthreads_and",
        "__syncthreads_or",
        "__syncwarp",
        "__shfl_sync",
        "__shfl_up_sync",
        "__shfl_down_sync",
        "__shfl_xor_sync",
        "__ballot_sync",
        "__any_sync",
        "__all_sync",
        "__reduce_add_sync",
        "__reduce_min_sync",
        "__reduce_max_sync",
        "__reduce_and_sync",
        "__reduce_or_sync",
        "__reduce_xor_sync",
    )
)
"""Operations that lanes run together: masks say them where no lane is elsewhere."""

SAME_FOR_ALL = frozenset(("__activemask", *(name for name in MEETINGS if "syncthreads" in name)))
"""Operations with one result for all lanes."""

DIFFERENT = ("atomic", "__shfl", "__ballot", "__any", "__all", "__reduce", "tvm_builtin_")
"""What the names of operations with a result for each lane begin with."""


class Flow(NamedTuple):
    """What is known of a function.

    Attributes
    ----------
    divergent
        The ``id`` of each branch that lanes take differently, and of each loop that they leave
        differently.
    """

    divergent: frozenset[int]


def varies(expression: Expression) -> bool:
    """Whether the value of an expression may differ from lane to lane."""
    if expression.kind == "name":
        variable = expression.variable
        return variable is not None and variable.varies
    if is_warp_number(expression):
        return False
    if expression.kind == "call":
        if expression.text in SAME_FOR_ALL:
            return False
        if is_broadcast(expression):
            mask, _, source, *_ = expression.parts
            return varies(mask) or varies(source)
        if expression.text.startswith(DIFFERENT):
            return True
    return any(varies(part) for part in expression.parts)


def flow_of(function: FunctionTree, helpers: Mapping[str, FunctionTree]) -> Flow:
    """Find what varies, and set it in the variables of a function.

    Raises
    ------
    Unsaid
        Where lanes meet in a branch or a loop that not all of them are in.
    """
    for statement in statements(function.body):
        if isinstance(statement, Assign) and statement.target.variable is not None:
            statement.target.variable.assigned.add(0)
    walk = _Walk(helpers)
    while walk.changed:
        walk.changed = False
        walk.levels = 0
        walk.statement(function.body, 0, ())
    walk.final = True
    walk.levels = 0
    walk.statement(function.body, 0, ())
    return Flow(frozenset(walk.divergent))


class _Walk:
    def __init__(self, helpers: Mapping[str, FunctionTree]) -> None:
        self.changed = True
        self.final = False
        self.levels = 0
        self.divergent: set[int] = set()
        self._helpers = helpers
        self._meets = {name for name, helper in helpers.items() if _has_meeting(helper)}

    def statement(self, node: Statement, level: int, loops: tuple[tuple[Loop, int], ...]) -> None:
        for expression in own_expressions(node):
            self._expression(expression, level, node.line)
        match node:
            case CudaBlock():
                for inner in node.statements:
                    self.statement(inner, level, loops)
            case Declare():
                self._declare(node.variable, level)
            case Assign():
                self._assign(node, level)
            case If():
                self._branch(node, level, loops)
            case Loop():
                self._loop(node, level, loops)
            case Leave():
                self._leave(node, level, loops)
            case Evaluate():
                pass

    def _new_level(self) -> int:
        self.levels += 1
        return self.levels

    def _vary(self, variable: CudaVariable) -> None:
        if not variable.varies:
            variable.varies = self.changed = True

    def _diverge(self, node: Statement) -> None:
        if id(node) not in self.divergent:
            self.divergent.add(id(node))
            self.changed = True

    def _declare(self, variable: CudaVariable, level: int) -> None:
        variable.level = level
        if variable.initial is not None and varies(variable.initial):
            self._vary(variable)

    def _assign(self, node: Assign, level: int) -> None:
        target, varied = node.target, varies(node.value)
        while target.kind in ("field", "index"):
            varied |= any(varies(part) for part in target.parts[1:])
            target = target.parts[0]
        variable = target.variable
        if variable is None or variable.kind not in ("value", "array", "parameter"):
            return
        if node.target.kind == "index" and (variable.pointer or variable.kind == "parameter"):
            return  # what it points to
        variable.assigned.add(level)
        if varied or level != variable.level:
            self._vary(variable)

    def _branch(self, node: If, level: int, loops: tuple[tuple[Loop, int], ...]) -> None:
        if varies(node.condition):
            self._diverge(node)
        for side in filter(None, (node.then, node.other)):
            inner = self._new_level() if id(node) in self.divergent else level
            self.statement(side, inner, loops)

    def _loop(self, node: Loop, level: int, loops: tuple[tuple[Loop, int], ...]) -> None:
        inner = self._new_level() if id(node) in self.divergent else level
        if node.first is not None:
            self.statement(node.first, inner, loops)
        if node.condition is not None and varies(node.condition):
            self._diverge(node)
        self.statement(node.body, inner, (*loops, (node, inner)))
        if node.update is not None:
            self.statement(node.update, inner, loops)

    def _leave(self, node: Leave, level: int, loops: tuple[tuple[Loop, int], ...]) -> None:
        """Let a loop differ that a lane leaves alone."""
        left = loops if node.what == "return" else loops[-1:]
        for loop, inside in left:
            if level != (0 if node.what == "return" else inside):
                self._diverge(loop)

    def _expression(self, root: Expression, level: int, line: int) -> None:
        for expression in expressions(root):
            if expression.kind == "address":
                self._expose(expression.parts[0])
            if expression.kind in ("pointer-cast", "binary"):
                self._expose_array(expression.parts[0])
        if self.final:
            self._require_together(root, level, line, always=True)

    def _expose(self, target: Expression) -> None:
        """Let each lane have its own of a variable whose address is taken."""
        while target.kind in ("field", "index"):
            target = target.parts[0]
        if target.variable is not None and target.variable.kind in ("value", "array"):
            self._vary(target.variable)

    def _expose_array(self, target: Expression) -> None:
        if target.variable is not None and target.variable.kind == "array":
            self._vary(target.variable)

    def _require_together(
        self, expression: Expression, level: int, line: int, *, always: bool
    ) -> None:
        meets = expression.kind == "call" and (
            expression.text in MEETINGS or expression.text in self._meets
        )
        if meets and (level or not always):
            raise Unsaid(message_of("warps-branch", name=expression.text, line=line))
        lazy = expression.kind == "conditional" or expression.text in ("&&", "||")
        for number, part in enumerate(expression.parts):
            self._require_together(part, level, line, always=always and not (lazy and number))


def _has_meeting(helper: FunctionTree) -> bool:
    return any(
        part.kind == "call" and part.text in MEETINGS
        for statement in statements(helper.body)
        for expression in own_expressions(statement)
        for part in expressions(expression)
    )
