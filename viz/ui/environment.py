"""Environment: what this server and its TVM can do."""

import streamlit as st

from viz.errors import VizError
from viz.model import Environment, EnvironmentPart
from viz.ui.state import ask, show_error

SIGNS = {"ok": "✅ ok", "missing": "– not here", "broken": "❌ broken"}


def page() -> None:
    """Draw the page."""
    st.subheader("What this machine can do")
    try:
        environment = ask(EnvironmentPart(), Environment)
    except VizError as error:
        show_error(error, "")
        return
    st.dataframe(
        [
            {"": SIGNS[c.state], "What": c.name, "Found": c.found, "Hint": c.hint}
            for c in environment.checks
        ],
        hide_index=True,
        height="content",
        column_config={"Found": st.column_config.TextColumn(width="large")},
    )
    st.caption("The same list on the command line: `python -m viz doctor`.")
