"""Write the workspace into the page's URL, so that a reload or a sent link shows the same.

Streamlit's own ``st.query_params`` adds an entry to the browser's history with every change: going
back would lead to the same page, which adds it again. So a script replaces the entry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from viz.ui.session import current_workspace
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
    """Write the workspace into the URL of a page, unless it is too long for one."""
    # Streamlit does not send equal data again; with its page, another page's data is not equal.
    _component()(
        data={"query": to_query(current_workspace()), "page": page}, key="address", height="content"
    )
