"""An Analysis as one HTML page that works offline, and as an iframe for a notebook.

The page is the same for equal analyses. It holds its data, one style and one script, which its
Content-Security-Policy names by their hashes: nothing else runs and nothing is fetched.
"""

from __future__ import annotations

from viz.model import Analysis
from viz.render.report.page import page

__all__ = ["frame", "render"]


def render(analysis: Analysis, title: str = "") -> str:
    """Return the page of an analysis.

    Parameters
    ----------
    analysis
        With ``finals`` the texts can be pointed at down to single nodes, with ``passes`` the page
        shows the lowering.
    title
        What the page is called; else the name of what was analysed.

    Raises
    ------
    WorkerError
        When Graphviz could not draw a tree.
    """
    return page(analysis, title)


def frame(analysis: Analysis, height: int = 760) -> str:
    """Return the page in an iframe of ``height`` CSS pixels, where its styles stay inside.

    Raises
    ------
    WorkerError
        See :func:`render`.
    """
    # In single quotes, since the page is full of double ones.
    inside = render(analysis).replace("&", "&amp;").replace("'", "&#39;")
    return (
        f'<iframe sandbox="allow-scripts" title="TIRscope" width="100%" height="{height}"'
        f" style=\"border:0\" srcdoc='{inside}'></iframe>"
    )
