"""Emit a recorded build with marks: those of the codegens, or LLVM's debug lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import msgspec

from viz.codegen import emit
from viz.codegen.marks.mark import mark
from viz.ir.walker import Occurrence
from viz.marking.debug_lines import marks
from viz.model import Emission, Source
from viz.passes.recording import Recording
from viz.provenance.coverage import exact_share


def marked(
    recording: Recording, writings: list[emit.Writing] | None = None, *, llvm: bool = True
) -> Source:
    """Emit a recorded build with marks.

    Parameters
    ----------
    writings
        The texts without marks, where they were written before.
    llvm
        Whether LLVM IR and assembly get marks too.

    Raises
    ------
    VizError
        What ended the build; see :func:`viz.codegen.emit.emit`.
    """
    lowered = recording.built()
    functions = by_function(recording.final)
    return emit.source(lowered, _marked(writings or emit.writings(lowered), functions, llvm))


def by_function(nodes: list[Occurrence]) -> dict[str, list[Occurrence]]:
    """Return the nodes of each function of a module, by name."""
    starts = [each.id for each in nodes if each.parent == 0]
    return {nodes[a].field: nodes[a:b] for a, b in pairwise([*starts, len(nodes)])}


def _marked(
    writings: list[emit.Writing], functions: dict[str, list[Occurrence]], llvm: bool
) -> Iterator[Emission]:
    again: dict[emit.Form, str] = {}
    starts = {nodes[0].id for nodes in functions.values()}
    for emission, mod, target in writings:
        if emission.form == "source":
            write = partial(emit.write, target=target)
            narrow = emission.language == "wgsl"
            marking = mark(mod, emission.text, functions, write, narrow=narrow)
            statements = marking.verified in ("statements", "none")
            yield msgspec.structs.replace(
                emission,
                marks=marking.marks,
                verified=marking.verified,
                covering=marking.covering,
                exact=0.0
                if statements
                else exact_share(emission.text, marking.marks, marking.covering, starts),
            )
        elif not llvm or emission.form == "vm":
            yield emission
        else:
            from viz.codegen import debug_lines

            again = again or emit.llvm_texts(debug_lines.numbered(mod, functions), target)
            leaving = debug_lines.returning(functions)
            found = marks(emission.text, again[emission.form], emission.form, leaving)
            yield msgspec.structs.replace(
                emission, marks=found, verified="statements" if found else "none"
            )
