"""Draw what stands in the way of launching a program's kernels as a frame for the tab Run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from viz.messages import Language
from viz.model import Advice, LaunchReport
from viz.provenance.upgrade import diff_rows
from viz.ui.workbench import frames


@lru_cache(maxsize=64)
def launch(text: str, language: Language, raw: bytes) -> bytes:
    """Return the frame of a report; spans are in UTF-16 units of the user's text."""
    reply = msgspec.json.decode(raw, type=LaunchReport)
    return frames.line(
        {
            "kind": "launch",
            "target": reply.target,
            "kernels": [
                [kernel.name, _extents(kernel.grid), _extents(kernel.block), kernel.shared]
                for kernel in reply.kernels
            ],
            "advice": [_advice(advice, text, language) for advice in reply.advice],
        }
    )


def _extents(extents: tuple[int | None, ...]) -> str:
    return " × ".join("?" if extent is None else str(extent) for extent in extents)


def _advice(advice: Advice, text: str, language: Language) -> dict[str, Any]:
    shown = frames.shown_problem(advice, text, language)
    shown["why"] = "" if advice.why is None else advice.why.text(language)
    shown["mend"] = None
    if (mend := advice.mend) is not None:
        title, rows = mend.title.text(language), list(diff_rows(text, mend.text))
        shown["mend"] = {"title": title, "text": mend.text, "diff": rows}
    return shown
