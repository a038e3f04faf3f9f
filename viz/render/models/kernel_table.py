"""Say in words what a table of kernels has in its columns: for the command line and the report."""

from __future__ import annotations

from collections.abc import Sequence

from viz.locale.translator import Translator
from viz.model import Amount, Parameter, RelaxKernel

RULES = "dlight.gpu."
"""Where the rules of the default GPU schedule stand: it is left out in a table."""


def headings(_: Translator) -> tuple[str, ...]:
    """Return the headings of the columns of :func:`rows`."""
    return (
        *(_("Kernel"), _("Calls"), _("Parameters"), _("FLOPs"), _("FLOPs in all")),
        *(_("Bytes read"), _("Bytes written"), _("Bytes in all"), _("Schedule rule")),
    )


def rows(kernels: Sequence[RelaxKernel]) -> list[tuple[str, ...]]:
    """Return a row of words for each kernel."""
    return [
        (
            kernel.name,
            f"{len(kernel.sites):,}",
            ", ".join(map(parameter, kernel.parameters)),
            *(amount(kernel.flops), amount(kernel.all_flops)),
            *(amount(kernel.bytes_read), amount(kernel.bytes_written)),
            amount(kernel.all_bytes),
            kernel.rule.removeprefix(RULES) or "–",
        )
        for kernel in kernels
    ]


def notes(_: Translator) -> tuple[str, ...]:
    """Return what the figures of the table are."""
    return (
        _(
            "FLOPs are those of one call before any schedule, counted by TVM's "
            "estimate_tir_flops: additions, multiplications, divisions, minima and maxima of any "
            "type, but no comparisons, casts or indices."
        ),
        _(
            "Bytes are those of the buffers that a call reads and writes, each element once: a "
            "kernel that takes some elements alone moves fewer."
        ),
    )


def parameter(each: Parameter) -> str:
    """Return a parameter in a word, such as ``float16[8, n]``."""
    return each.dtype if each.shape is None else f"{each.dtype}[{', '.join(each.shape)}]"


def amount(value: Amount) -> str:
    """Return a number or an expression as text."""
    return f"{value:,}" if isinstance(value, int) else value
