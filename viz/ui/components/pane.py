"""Show the problems of a page."""

from __future__ import annotations

import streamlit as st

from viz.model import Problem
from viz.ui.session import escape, words


def show_problems(problems: tuple[Problem, ...]) -> None:
    """Show problems as boxes coloured by severity."""
    language = words().language
    show = {"error": st.error, "warning": st.warning, "info": st.info}
    for problem in problems:
        show[problem.severity](
            escape(f"{problem.text(language)} {problem.hint_text(language)}".strip())
        )
