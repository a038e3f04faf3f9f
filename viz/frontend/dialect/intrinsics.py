"""Find older spellings of what a GPU's instructions take as arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.frontend.dialect.arguments import without
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal
from viz.text import Patch, Span

PTX_DTYPES = {"fp16": "float16", "fp32": "float32", "fp64": "float64", "bf16": "bfloat16"}
"""Today's names of dtypes that tensor-core instructions take."""

COPY_ARGUMENTS = 5
"""Of an asynchronous copy: two pointers, each with an offset, and the number of bytes."""


def mma_dtype(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``"fp16"`` as the dtype of an operand of ``T.ptx_mma``."""
    if context.member(node) not in ("ptx_mma", "ptx_legacy.mma"):
        return
    for argument in node.args[3:6]:
        if isinstance(argument, ast.Constant) and argument.value in PTX_DTYPES:
            yield Proposal(context.span(argument), f'"{PTX_DTYPES[str(argument.value)]}"')


def copy_dtype(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``dtype=`` of ``T.ptx_cp_async``, which is its first argument today."""
    if context.member(node) != "ptx_cp_async" or not node.args:
        return
    keyword = next((k for k in node.keywords if k.arg == "dtype"), None)
    if keyword is None:
        return
    gone = without(node, keyword, context)
    if len(node.args) != COPY_ARGUMENTS:
        yield gone
        return
    first, dtype = context.span(node.args[0]).start, context.source(keyword.value)
    yield gone._replace(
        new=f"{dtype}, …", pieces=(Patch(Span(first, first), f"{dtype}, "), *gone.patches)
    )
