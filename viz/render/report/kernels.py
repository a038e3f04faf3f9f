"""The kernels that the Relax functions of a program call, as a table for each target."""

from __future__ import annotations

from viz.locale.translator import Translator
from viz.model import Analysis, RelaxKernel
from viz.render.models.kernel_table import headings, notes, rows
from viz.render.report.words import both, labelled, text_html
from viz.render.web.data import title_of

_ENGLISH, _CHINESE = Translator("en"), Translator("zh")


def kernel_tables(analysis: Analysis) -> str:
    """Return the section of the kernels; empty where none is known."""
    known = {name: each.kernels for name, each in analysis.targets.items() if each.kernels}
    if not known:
        return ""
    parts = [f"<h2>{_told('Kernels')}</h2>"]
    for target, kernels in known.items():
        parts += [f"<h3>{text_html(title_of(target))}</h3>", _table(kernels)]
    parts += [
        f'<p class="soft">{both(english, chinese)}</p>'
        for english, chinese in zip(notes(_ENGLISH), notes(_CHINESE), strict=True)
    ]
    return f'<section id="kernels">{"".join(parts)}</section>'


def _told(text: str) -> str:
    return both(_ENGLISH(text), _CHINESE(text))


def _table(kernels: tuple[RelaxKernel, ...]) -> str:
    heads = "".join(
        f"<th>{both(english, chinese)}</th>"
        for english, chinese in zip(headings(_ENGLISH), headings(_CHINESE), strict=True)
    )
    body = "".join(
        f"<tr>{''.join(f'<td>{text_html(cell)}</td>' for cell in row)}</tr>"
        for row in rows(kernels)
    )
    label = labelled("Kernels of a target", "一个目标的 kernel")
    table = f"<table><tr>{heads}</tr>{body}</table>"
    return f'<div class="scroll" tabindex="0" role="group" {label}>{table}</div>'
