"""An analysis of a text: its overview, its tree, and one record a target."""

from __future__ import annotations

from collections.abc import Callable

from viz.model.base import EngineName, Plain, Problem
from viz.model.emission import Origins, Source
from viz.model.overview import Overview, RelaxKernel
from viz.model.running.cost import MeasuredCost
from viz.model.stages import Diff, Pass
from viz.model.tree import Tree


class TargetAnalysis(Plain, frozen=True):
    """What is known about a program for one target.

    A part that was not asked for, or that could not be made, is None or empty.
    """

    source: Source | None = None
    """The texts that the target's codegens wrote, with their marks."""
    origins: Origins | None = None
    """Where each node of ``final`` comes from."""
    final: Tree | None = None
    """The AST that the codegens are given: the marks of ``source`` name its nodes."""
    problem: Problem | None = None
    """Why lowering, the codegen or another part failed."""
    passes: tuple[Pass, ...] = ()
    """The passes of the target's build, in the order in which they ran."""
    diffs: tuple[Diff, ...] = ()
    """What each pass that changed the program changed, in the order of the passes."""
    kernels: tuple[RelaxKernel, ...] = ()
    """With the passes: the kernels that its Relax functions call."""


class Analysis(Plain, frozen=True):
    """The analysis of a text: what :func:`viz.analyze` and :func:`viz.inspect` return.

    >>> analysis.targets["cuda"].source.emissions[0].text
    >>> analysis.targets["cuda"].final.nodes[0].children
    """

    text: str
    """The text that was analysed; for an IRModule, TVM's print of it. Spans refer to it."""
    overview: Overview
    """Its definitions and functions, and what was done to read it."""
    tree: Tree | None = None
    """The AST of the program as written (stage ``input``)."""
    targets: dict[str, TargetAnalysis] = {}
    """One record a target, by name, in the order in which they were asked for."""
    engine: EngineName = ""
    """The engine that was asked: ``2024``, or today's if empty."""
    cost: MeasuredCost | None = None
    """What the accesses of its kernels cost, where that was asked for."""

    @property
    def sources(self) -> dict[str, Source]:
        """The sources of the targets that have one, by target name."""
        return {
            name: target.source
            for name, target in self.targets.items()
            if target.source is not None
        }

    @property
    def problems(self) -> dict[str, Problem]:
        """Why targets failed, by target name; empty when none did."""
        return {
            name: target.problem
            for name, target in self.targets.items()
            if target.problem is not None
        }

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows of this analysis; None where no display is registered."""
        return _DISPLAYS[-1](self) if _DISPLAYS else None


_DISPLAYS: list[Callable[[Analysis], str]] = []


def register_display(display: Callable[[Analysis], str]) -> None:
    """Set the function that makes the HTML which a notebook shows of an analysis."""
    _DISPLAYS.append(display)
