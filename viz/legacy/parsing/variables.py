"""Bring today's variables down: a name has one value in 2024, and what changes is in memory."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from viz.errors import ParseError
from viz.frontend.gate.not_tvmscript import dtypes
from viz.frontend.syntax import dotted
from viz.legacy.parsing.respelling import Respelling, TextNames
from viz.messages import message_of
from viz.text import Patch, Span

DECLARING = frozenset(
    (
        "Buffer",
        "alloc_buffer",
        "alloc_local",
        "alloc_shared",
        "decl_buffer",
        "env_thread",
        "handle",
        "launch_thread",
        "match_buffer",
        "meta_var",
        "sblock_alloc_buffer",
    )
)
"""Members of ``T`` whose result is no value: a name for it declares something."""

DTYPES = dtypes() | {"bool"}


def variables(function: ast.FunctionDef, names: TextNames) -> Iterator[Respelling]:
    """Today's variables: ``x: T.int32 = 0`` may change, where a name of 2024 has one value.

    Raises
    ------
    ParseError
        When such a variable has no dtype in the text.
    """
    if not names.is_todays:
        return
    inner = list(ast.walk(function))
    stores = [node for node in inner if isinstance(node, ast.Name) and _is_stored(node)]
    counts = Counter(node.id for node in stores)
    declared = {
        node.target.id: node
        for node in inner
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and names.member(node.annotation) in DTYPES
    }
    for node in inner:
        changed: ast.expr | None = None
        if isinstance(node, ast.AugAssign):
            changed = node.target
        elif isinstance(node, ast.Assign) and _gives_value(node, names):
            changed = node.targets[0] if counts[dotted(node.targets[0])] > 1 else None
        if isinstance(changed, ast.Name) and changed.id not in declared:
            what = message_of("down-changing-name", name=changed.id)
            raise ParseError(what, span=names.origin(changed))
    for name, node in declared.items():
        if counts[name] == 1 and node.value is not None:
            continue
        yield from _as_element(name, node, inner, names)


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _gives_value(node: ast.Assign, names: TextNames) -> bool:
    """Whether an assignment gives a name a value, and declares nothing."""
    if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return False
    member = names.member(node.value) if isinstance(node.value, ast.Call) else ""
    makes_variable = member in DTYPES and not getattr(node.value, "args", ())
    return not (member in DECLARING or member.startswith("axis.") or makes_variable)


def _as_element(
    name: str, node: ast.AnnAssign, inner: list[ast.AST], names: TextNames
) -> Iterator[Respelling]:
    """Make a variable the only element of a local buffer, at its declaration and all its uses."""
    note = message_of("down-variable", name=name)
    dtype = names.member(node.annotation)
    declaration = f'{name} = T.decl_buffer((1,), "{dtype}", scope="local")'
    whole = names.span(node)
    if node.value is None:
        yield Respelling((Patch(whole, declaration),), note, "variable")
    else:
        head = Span(whole.start, names.span(node.value).start)
        patch = Patch(head, f"{declaration}; {name}[0] = ")
        yield Respelling((patch,), note, "variable")
    for use in inner:
        if isinstance(use, ast.Name) and use.id == name and use is not node.target:
            place = names.span(use)
            yield Respelling((Patch(place, f"{name}[0]"),), note, "variable")
