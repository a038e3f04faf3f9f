"""The workbench as a Streamlit component: Python gives it a token and what to begin with."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import streamlit as st

from viz.ui.session import session, workspace
from viz.ui.workbench import assets, tokens


@cache
def _component() -> Any:
    html = files(__package__).joinpath("workbench.html").read_text(encoding="utf-8")
    # Monaco puts its style into the document, where a shadow root would not see it.
    return st.components.v2.component(
        "tirscope_workbench",
        html=html,
        js=assets.loader("ui/workbench/scripts/main.js"),
        isolate_styles=False,
    )


def show() -> None:
    """Draw the workbench.

    It begins with the session's workspace. What becomes of that it says to the routes, and pages
    read it from :func:`viz.ui.session.workspace`.
    """
    space = workspace()
    _component()(
        key="workbench",
        data={
            **assets.address(),
            "monaco": assets.monaco_version(),
            "token": tokens.issue(session()),
            "space": {
                name: msgspec.to_builtins(getattr(space, name)) for name in space.__struct_fields__
            },
        },
        # A browser whose token a restarted server does not know sets this, to be given another.
        on_again_change=lambda: None,
        height="content",
    )
