"""Draw what stands in the way of launching a program's kernels as a frame for the tab Run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import Advice, CompileCheck, LaunchReport
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
            "compiled": [_compiled(check, text, language) for check in reply.compiled],
        }
    )


def _compiled(check: CompileCheck, text: str, language: Language) -> dict[str, Any]:
    """Return what a compiler says of the kernels for an architecture, in a line."""
    _ = Translator(language)
    arch = check.arch or _("any architecture")
    if check.problem is None:
        time = f"{check.seconds:.1f} s"
        said = _(
            "{arch}: {program} takes the kernels, {time}",
            arch=arch,
            program=check.program,
            time=time,
        )
        return {"said": said, "problem": None}
    problem = frames.shown_problem(check.problem, text, language)
    return {"said": _("{arch}: not compiled", arch=arch), "problem": problem}


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
