"""Draw what running every stage of a pipeline showed as a frame for the rail."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import PlacedStatement, Verification, WrongStage
from viz.ui.workbench import frames


@lru_cache(maxsize=64)
def verification(text: str, language: Language, raw: bytes) -> bytes:
    """Return the frame of a verification; spans are in UTF-16 units of the user's text."""
    _ = Translator(language)
    reply = msgspec.json.decode(raw, type=Verification)
    reference = "" if reply.reference is None else _.of_message(reply.reference)
    rows = [
        [stage.stage, stage.verdict, "" if stage.why is None else stage.why.text(language)]
        for stage in reply.stages
    ]
    return frames.line(
        {
            "kind": "verification",
            "target": reply.target,
            "stages": rows,
            "wrong": None if reply.wrong is None else _wrong(reply.wrong, text, _),
            "reference": reference,
            "problems": [
                frames.shown_problem(problem, text, language) for problem in reply.problems
            ],
        }
    )


def _wrong(wrong: WrongStage, text: str, _: Translator) -> dict[str, Any]:
    return {
        "stage": wrong.stage,
        "words": _.of_message(wrong.what),
        "store": None if wrong.fault is None else _store(wrong.fault, text),
        "isGone": wrong.writer_before is not None,
        "stops": not wrong.output,
    }


def _store(store: PlacedStatement, text: str) -> dict[str, Any]:
    return {
        "stage": store.stage,
        "node": store.node,
        "label": store.label,
        "python": store.python,
        "values": ", ".join(f"{name} = {value}" for name, value in store.values.items()),
        "span": frames.places(text)(store.span),
        "line": store.line,
        "own": store.own_text,
    }
