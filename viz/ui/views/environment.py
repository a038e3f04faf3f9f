"""The page Environment: what this server and its TVM can do, and how programs are jailed."""

from __future__ import annotations

from html import escape

import streamlit as st

from viz.errors import VizError
from viz.locale.translator import Translator, marked
from viz.model import Check, Environment
from viz.service.client.engines import with_second
from viz.ui.components import counters
from viz.ui.components.pane import show_problems
from viz.ui.session import ask, broker, show_error, words

SIGNS = {"ok": "✓", "missing": "–", "broken": "✗"}
STATES = {"ok": marked("ok"), "missing": marked("missing"), "broken": marked("broken")}


def page() -> None:
    """Draw the page."""
    _ = words()
    st.subheader(_("What this machine can do"))
    try:
        environment = with_second(lambda request: ask(request.part, Environment, request.engine))
    except VizError as error:
        show_error(error)
        return
    show_problems(environment.problems)
    st.html(table(environment.checks, _))
    if environment.second:
        st.subheader(_("A second engine, with a TVM of 2024"))
        st.html(table(environment.second, _))
    st.subheader(_("What protects it from the programs it is given"))
    st.html(table(environment.protections, _))
    st.html(table(environment.profiles, _))
    st.caption(_("The same list on the command line: `tirscope doctor`."))
    st.subheader(_("What this server did since it started"))
    st.html(counters.table(broker().counters(), _))


def table(checks: tuple[Check, ...], _: Translator) -> str:
    """Return the checks as an HTML table; long paths wrap, hints stand below what they are for."""
    return f'<table class="checks">{"".join(_row(check, _) for check in checks)}</table>'


def _row(check: Check, _: Translator) -> str:
    advice = check.hint_text(_.language)
    hint = f"<small>{escape(advice)}</small>" if advice else ""
    return (
        f'<tr class="{check.state}"><td><span role="img" aria-label="{_(STATES[check.state])}">'
        f'{SIGNS[check.state]}</span></td><th scope="row">{escape(_.of_message(check.title))}</th>'
        f"<td>{escape(check.text(_.language))}{hint}</td></tr>"
    )
