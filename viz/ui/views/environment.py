"""The page Environment: what this server and its TVM can do, and how programs are jailed."""

from __future__ import annotations

from html import escape

import streamlit as st

from viz.errors import VizError
from viz.model import Check, Environment, EnvironmentPart
from viz.ui.components import counters
from viz.ui.components.pane import show_problems
from viz.ui.session import ask, broker, show_error

SIGNS = {"ok": "✓", "missing": "–", "broken": "✗"}


def page() -> None:
    """Draw the page."""
    st.subheader("What this machine can do")
    try:
        environment = ask(EnvironmentPart(), Environment)
    except VizError as error:
        show_error(error)
        return
    show_problems(environment.problems)
    st.html(table(environment.checks))
    st.subheader("What protects it from the programs it is given")
    st.html(table(environment.protections))
    st.html(table(environment.profiles))
    st.caption("The same list on the command line: `tirscope doctor`.")
    st.subheader("What this server did since it started")
    st.html(counters.table(broker().counters()))


def table(checks: tuple[Check, ...]) -> str:
    """Return the checks as an HTML table; long paths wrap, hints stand below what they are for."""
    return f'<table class="checks">{"".join(map(_row, checks))}</table>'


def _row(check: Check) -> str:
    hint = f"<small>{escape(check.hint)}</small>" if check.hint else ""
    return (
        f'<tr class="{check.state}"><td><span role="img" aria-label="{check.state}">'
        f'{SIGNS[check.state]}</span></td><th scope="row">{escape(check.title.text())}</th>'
        f"<td>{escape(check.message)}{hint}</td></tr>"
    )
