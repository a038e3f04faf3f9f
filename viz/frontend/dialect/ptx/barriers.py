"""Find ``T.create_barriers(n)``: barriers were numbered, and are words of shared memory today."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal

NAME = "barriers"


def create_barriers(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find the statement ``T.evaluate(T.create_barriers(2, dtype=""))``."""
    call = node.value
    if isinstance(call, ast.Call) and context.member(call) == "evaluate" and call.args:
        call = call.args[0]
    if isinstance(call, ast.Call) and context.member(call) == "create_barriers" and call.args:
        count = context.source(call.args[0])
        place = f'({count},), "uint64", scope="shared"'
        prefix = context.todays_prefix(call)
        new = f"{barriers_name(context)} = {prefix}.alloc_buffer({place})"
        yield Proposal(context.span(node), new)


def barriers_name(context: SpellingContext) -> str:
    """Return the name of the barriers of a definition; empty where it makes none or twice."""
    made = [n for n in context.nodes if isinstance(n, ast.Call)]
    count = sum(context.member(call) == "create_barriers" for call in made)
    return context.fresh(NAME) if count == 1 else ""
