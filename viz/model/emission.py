"""What the codegens wrote."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.model.base import Plain, Problem
from viz.text import Span

Certainty = Literal["exact", "inherited", "synthesised", "lost"]
"""How sure a link to the user's text is. ``exact``: the node or its span survived. ``inherited``:
found through a variable, a buffer, a call or an enclosing node. ``synthesised``: made by a pass, no
text of the user's stands behind it. ``lost``: it came from a node that stands in no text, as those
of a module that was not parsed.
"""

Verified = Literal["expressions", "partly", "statements", "none"]
"""How far the marks of a text verified: all; without the expressions of some statements, whose
characters belong to the nearest marked ancestor; only statements; not at all."""


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The characters that a node wrote: ``[start, end)``, and the node's id in its Tree.

    Marks nest or are disjoint. Their order is that in which they open, outer ones first: together
    with where they close it is the codegen's walk. One node can have several.
    """

    start: int
    end: int
    node: int


class Origin(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a node of the final tree comes from.

    ``input_node`` is the id, in the Tree of the stage ``input``, of the node behind it; None where
    there is no such node. ``span`` is the place of that node in the user's text, the same for all
    that come from it; None where it has none. ``made_by`` is the number of the pass that made the
    node, 0 for what the pipeline was given.
    """

    node: int
    input_node: int | None
    span: Span | None
    made_by: int
    certainty: Certainty


class Emission(Plain, frozen=True):
    """One text a codegen wrote. ``form`` tells LLVM IR from assembly; else it is ``source``."""

    part: Literal["host", "device"]
    title: str
    language: str
    text: str
    form: Literal["source", "ir", "assembly"] = "source"
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"
    covering: tuple[int, ...] = ()
    """Marked nodes whose own characters may be those of an expression below that has no mark."""


class Schedule(Plain, frozen=True):
    """What the default GPU schedule made of functions whose loops were not bound to threads."""

    functions: tuple[str, ...]
    rules: tuple[str, ...] = ()
    script: str = ""
    """What it left, as TVM prints it, when that was asked for."""


class Source(Plain, frozen=True):
    """Everything the codegens wrote for one target, the text one came to see first."""

    target: str
    emissions: tuple[Emission, ...]
    schedule: Schedule | None = None
    problems: tuple[Problem, ...] = ()
    target_text: str = ""
    """The full target as TVM understood it, as JSON."""


class Origins(Plain, frozen=True):
    """Where a target's final tree comes from."""

    target: str
    nodes: tuple[Origin, ...]
    """Of every node, by id."""
    passes: tuple[str, ...] = ()
    """Names of the pipeline's passes; the first has number 1."""

    def maker(self, node: int) -> str:
        """Return the name of the pass that made a node, empty for what the pipeline was given."""
        number = self.nodes[node].made_by
        return self.passes[number - 1] if number else ""
