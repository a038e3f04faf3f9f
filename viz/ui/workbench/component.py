"""The workbench as a Streamlit component, which is given a token and its first workspace."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import streamlit as st

from viz.ui.session import current_workspace, session
from viz.ui.workbench import assets, tokens


@cache
def _component() -> Any:
    html = files(__package__).joinpath("workbench.html").read_text(encoding="utf-8")
    # Monaco adds its styles to the document, where they do not reach into a shadow root.
    return st.components.v2.component(
        "tirscope_workbench",
        html=html,
        js=assets.LOADER,
        isolate_styles=False,
    )


def show() -> None:
    """Draw the workbench.

    It begins with the session's workspace and sends every change of it to the routes, from where
    pages get it by :func:`viz.ui.session.current_workspace`.
    """
    workspace = current_workspace()
    _component()(
        key="workbench",
        data={
            **assets.address(),
            "monaco": assets.monaco_version(),
            "token": tokens.issue(session()),
            "workspace": {
                name: msgspec.to_builtins(getattr(workspace, name))
                for name in workspace.__struct_fields__
            },
        },
        # Set by a browser whose token a restarted server refuses: the rerun gives it a new one.
        on_again_change=lambda: None,
        height="content",
    )
