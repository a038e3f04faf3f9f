"""Emit a recorded build with marks: those of the codegens, or LLVM's debug lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import msgspec

from viz.legacy.codegen import emit
from viz.legacy.codegen.marks import CODEGEN, Functions, mark
from viz.legacy.codegen.rebuild import numbered
from viz.legacy.passes.pipeline import with_functions
from viz.legacy.passes.recording import LegacyRecording
from viz.legacy.reflection import type_key
from viz.legacy.walker import LegacyOccurrence
from viz.marking.debug_lines import marks as debug_marks
from viz.model import Emission, Source
from viz.provenance.coverage import exact_share


def marked(recording: LegacyRecording) -> Source:
    """Emit a recorded build with marks.

    Raises
    ------
    VizError
        What ended the build; see :func:`viz.legacy.codegen.emit.emit`.
    """
    lowered = recording.built()
    functions = by_function(recording.final)
    return emit.source(lowered, tuple(_marked(emit.writings(lowered), functions)))


def by_function(nodes: list[LegacyOccurrence]) -> dict[str, list[LegacyOccurrence]]:
    """Return the nodes of each function of a module, by name."""
    starts = [each.id for each in nodes if each.parent == 0]
    return {nodes[a].field: nodes[a:b] for a, b in pairwise([*starts, len(nodes)])}


def _marked(writings: list[emit.LegacyWriting], functions: Functions) -> Iterator[Emission]:
    again: dict[str, str] = {}
    starts = {nodes[0].id for nodes in functions.values()}
    for emission, mod, target in writings:
        if emission.form == "source":
            marking = mark(mod, emission.text, functions, partial(emit.write, target=target))
            shares = marking.verified in ("expressions", "partly")
            yield msgspec.structs.replace(
                emission,
                marks=marking.marks,
                verified=marking.verified,
                covering=marking.covering,
                exact=exact_share(emission.text, marking.marks, marking.covering, starts)
                if shares
                else 0.0,
            )
            continue
        assert emission.form != "vm"  # that TVM is read without Relax
        if not again:
            copy = with_functions(mod, numbered(mod, functions))
            again = emit.llvm_texts(copy, target)
        found = debug_marks(emission.text, again[emission.form], emission.form, _leaving(functions))
        yield msgspec.structs.replace(
            emission, marks=found, verified="statements" if found else "none"
        )


def _leaving(functions: Functions) -> set[int]:
    """Return the ids of statements that may leave their function."""
    return {
        each.id
        for nodes in functions.values()
        for each in nodes
        if type_key(each.obj) in CODEGEN.leaving
    }
