"""The address of the page: it holds the program, so that a reload or a sent link shows the same.

Streamlit's own way to set it adds an entry to the browser's history each time: who goes back would
come to the same page, which sets it again. So a script replaces the entry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from viz.ui.session import workspace
from viz.ui.workspace import to_query

_JS = """export default function ({data}) {
  const link = new URL(location.href)
  if (data.query) link.searchParams.set("w", data.query)
  else link.searchParams.delete("w")
  if (link.href !== location.href) history.replaceState(history.state, "", link)
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("tirscope_address", html="<span hidden></span>", js=_JS)


def remember(page: str) -> None:
    """Write the workspace into the address of a page; one that is too long for it stays out."""
    # Equal data is not sent again, but another page has another address.
    _component()(
        data={"query": to_query(workspace()), "page": page}, key="address", height="content"
    )
