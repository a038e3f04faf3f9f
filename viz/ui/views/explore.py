"""Explore: the text, its AST, and what each codegen writes of it, linked."""

from __future__ import annotations

from viz.ui.workbench import component


def page() -> None:
    """Draw the page."""
    component.show()
