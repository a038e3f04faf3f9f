"""The page Workspace: the workbench with the text, its AST and the emitted sources, linked."""

from __future__ import annotations

from viz.ui.workbench import component


def page() -> None:
    """Draw the page."""
    component.show()
