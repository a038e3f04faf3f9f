"""Source code that codegens write, with marks and origins."""

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

TextForm = Literal["source", "ir", "assembly", "vm"]
"""Which of a target's texts it is."""

Verified = Literal["expressions", "partly", "statements", "none"]
"""How far the marks were verified against the unmarked text. ``expressions``: all of them.
``partly``: without the expressions of some statements, or without the variables' words; their
characters belong to the nearest marked ancestor. ``statements``: statements only. ``none``: none of
them."""


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
    """One text that a codegen wrote."""

    part: Literal["host", "device"]
    title: str
    """Its name on the screen, such as ``CUDA kernels``."""
    language: str
    """``c``, ``cuda``, ``opencl``, ``metal``, ``wgsl``, ``llvm`` or ``asm``."""
    text: str
    form: TextForm = "source"
    """``ir`` and ``assembly`` for LLVM, ``vm`` for Relax's virtual machine, else ``source``."""
    marks: tuple[Mark, ...] = ()
    """Which node wrote which characters, when that was asked for."""
    verified: Verified = "none"
    covering: tuple[int, ...] = ()
    """Ids of marked nodes whose own characters may be those of an unmarked expression below."""
    exact: float = 0.0
    """Share of the characters of the functions, white space aside, that have the mark of the very
    node that wrote them, from 0 to 1; the others have that of a node around it."""


class Schedule(Plain, frozen=True):
    """The default GPU schedule, which binds the loops of functions that had none bound."""

    functions: tuple[str, ...]
    """Names of the functions that were scheduled."""
    rules: tuple[str, ...] = ()
    """The rules of dlight that were applied."""
    script: str = ""
    """The scheduled module as TVMScript, when that was asked for."""


class Source(Plain, frozen=True):
    """Everything that the codegens wrote for one target."""

    target: str
    emissions: tuple[Emission, ...]
    """The texts; of a GPU target the device's first."""
    schedule: Schedule | None = None
    """The default schedule, where one was applied."""
    problems: tuple[Problem, ...] = ()
    """Warnings and remarks of the build."""
    target_text: str = ""
    """The target with all attributes as TVM completed them, in JSON."""


class SharedKernel(Plain, frozen=True):
    """A kernel that several calls of Relax functions share: its nodes come from each of them."""

    function: int
    """Its node in the target's final tree."""
    end: int
    """One past the last of the nodes below it."""
    sites: tuple[tuple[int, ...], ...]
    """The input nodes of each call, in the order of the program: one call of the user's, or several
    that were fused, then what is behind each argument, -1 where that is not known. What comes from
    the n-th node of a site comes from the n-th of the others."""

    def others(self, node: int) -> tuple[int, ...]:
        """Return the input nodes that stand at the other sites for an input node; maybe none."""
        for site in self.sites:
            if node in site:
                place = site.index(node)
                nodes = (other[place] for other in self.sites if place < len(other))
                return tuple(dict.fromkeys(other for other in nodes if other not in (node, -1)))
        return ()


class Origins(Plain, frozen=True):
    """Where a target's final tree comes from."""

    target: str
    nodes: tuple[Origin, ...]
    """Of every node, by id."""
    passes: tuple[str, ...] = ()
    """Names of the pipeline's passes; the first has number 1."""
    shared: tuple[SharedKernel, ...] = ()
    """The kernels that several calls of Relax functions share. ``nodes`` links them to one of the
    calls."""

    def others(self, node: int) -> tuple[int, ...]:
        """Return the input nodes that a node of the final tree comes from beside the first."""
        own = self.nodes[node].input_node
        if own is None:
            return ()
        kernels = (each for each in self.shared if each.function <= node < each.end)
        return next((kernel.others(own) for kernel in kernels), ())

    def maker(self, node: int) -> str:
        """Return the name of the pass that made a node, empty for what the pipeline was given."""
        number = self.nodes[node].made_by
        return self.passes[number - 1] if number else ""
