"""Panes of a page: their height and titles, the problems in them, the theme."""

from __future__ import annotations

from typing import Any

import streamlit as st

from viz.model import Problem
from viz.ui.session import escape

PANE_HEIGHT = 640
"""CSS pixels."""


def pane_title(text: str) -> None:
    """Draw the title of a pane."""
    st.html(f'<div class="pane-title">{text}</div>')


def show_problems(problems: tuple[Problem, ...]) -> None:
    """Show problems as boxes coloured by severity."""
    show = {"error": st.error, "warning": st.warning, "info": st.info}
    for problem in problems:
        show[problem.severity](escape(f"{problem.message} {problem.hint}".strip()))


def theme() -> Any:
    """Return the theme of the reader's page, ``light`` or ``dark``."""
    return "dark" if st.context.theme.type == "dark" else "light"
