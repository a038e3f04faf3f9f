"""Hold what an instruction is written with: the older call, and what comes before it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.ptx.bound import BoundCall

UpdateOperand = Callable[[ast.expr, SpellingContext], tuple[str, list[str]]]
"""Returns an operand in today's words, and the statements that come before it."""


class InstructionDraft:
    """What an instruction is written with.

    Attributes
    ----------
    bound
        The arguments of the older call.
    prefix
        The name by which the text calls ``T``.
    result
        What the value of the call is given to, empty for a call without value.
    before
        Statements that come before the one with the call.
    views
        The names of views that ``before`` declares, by the name of the buffer.
    """

    def __init__(self, bound: BoundCall, prefix: str, result: str, update: UpdateOperand) -> None:
        self.bound = bound
        self.prefix = prefix
        self.result = result
        self.before: list[str] = []
        self.views: dict[str, str] = {}
        self._update = update

    def source(self, node: ast.expr) -> str:
        """Return an expression as a text of today writes it."""
        source, before = self._update(node, self.bound.context)
        self.before += before
        return source

    def scalar(self, name: str, dtype: str) -> str:
        """Declare a register before the statement and return its name."""
        register = self.bound.context.reserve(name)
        self.before.append(f'{register} = {self.prefix}.local_scalar("{dtype}")')
        return register

    def converted(self, name: str, dtype: str) -> list[str]:
        """Return an integer as one of another dtype; a number is taken as that anyway."""
        argument = self.bound.argument(name)
        if argument is None:
            return []
        is_number = isinstance(argument, ast.Constant) and not isinstance(argument.value, bool)
        source = self.source(argument)
        made = isinstance(argument, ast.Call) and self.bound.context.member(argument) == dtype
        return [source if is_number or made else f"{self.prefix}.{dtype}({source})"]
