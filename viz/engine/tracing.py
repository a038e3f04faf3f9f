"""A target's Source with marks and origins: who wrote each character, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from viz.engine import codegen, debuginfo
from viz.engine.following import origins
from viz.engine.lowering import Recording
from viz.engine.marking import mark
from viz.engine.nodes import Occurrence
from viz.engine.usertext import UserText
from viz.model import Emission, Source


def traced(recording: Recording, user_span: UserText) -> Source:
    """Emit a recorded build with marks and origins.

    Raises
    ------
    VizError
        What ended the build; see :func:`viz.engine.codegen.emit`.
    """
    lowered = recording.built()
    nodes = recording.final
    functions = by_function(nodes)
    emissions = list(_marked(codegen.writings(lowered), functions))
    found = codegen.source(lowered, emissions)
    wanted = _with_ancestors(nodes, {mark.node for each in emissions for mark in each.marks})
    return msgspec.structs.replace(
        found,
        passes=tuple(step.name for step in recording.steps),
        origins=tuple(o for o in origins(recording, nodes, user_span) if o.node in wanted),
    )


def by_function(nodes: list[Occurrence]) -> dict[str, list[Occurrence]]:
    """Return the nodes of each function of a module, by name."""
    functions: dict[str, list[Occurrence]] = {}
    name = ""
    for each in nodes[1:]:
        if each.parent == 0:
            name = each.field
            functions[name] = []
        functions[name].append(each)
    return functions


def _marked(
    writings: list[codegen.Writing], functions: dict[str, list[Occurrence]]
) -> Iterator[Emission]:
    again: dict[codegen.Form, str] = {}
    for emission, mod, target in writings:
        if emission.form == "source":
            marking = mark(mod, emission.text, functions, partial(codegen.write, target=target))
            yield msgspec.structs.replace(
                emission, marks=marking.marks, verified=marking.verified, covering=marking.covering
            )
        else:
            again = again or codegen.llvm_texts(debuginfo.numbered(mod, functions), target)
            leaving = debuginfo.returning(functions)
            marks = debuginfo.marks(emission.text, again[emission.form], emission.form, leaving)
            yield msgspec.structs.replace(
                emission, marks=marks, verified="statements" if marks else "none"
            )


def _with_ancestors(nodes: list[Occurrence], ids: set[int]) -> set[int]:
    found: set[int] = set()
    for number in ids:
        while number >= 0 and number not in found:
            found.add(number)
            number = nodes[number].parent
    return found
