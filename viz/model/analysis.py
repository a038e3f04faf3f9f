"""An analysis: the overview of a text and the parts that were asked for, target by target."""

from __future__ import annotations

from collections.abc import Callable

from viz.model.base import Plain, Problem
from viz.model.emission import Origins, Source
from viz.model.overview import Overview
from viz.model.stages import Diff, Pass
from viz.model.tree import Tree


class Analysis(Plain, frozen=True):
    """The overview of a text and the parts that were asked for, by target name."""

    text: str
    overview: Overview
    tree: Tree | None = None
    finals: dict[str, Tree] = {}
    sources: dict[str, Source] = {}
    origins: dict[str, Origins] = {}
    problems: dict[str, Problem] = {}
    """Why a target has no source, by target name."""
    passes: dict[str, tuple[Pass, ...]] = {}
    """The passes of each target's build, when they were asked for."""
    diffs: dict[str, tuple[Diff, ...]] = {}
    """What each pass that changed something made of what it was given, in the passes' order."""

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows of this analysis; None where no display is registered."""
        return _DISPLAYS[-1](self) if _DISPLAYS else None


_DISPLAYS: list[Callable[[Analysis], str]] = []


def register_display(display: Callable[[Analysis], str]) -> None:
    """Set how notebooks show an analysis: a function from it to HTML."""
    _DISPLAYS.append(display)
