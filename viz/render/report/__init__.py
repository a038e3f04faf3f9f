"""Render an Analysis as one HTML page that works offline, or as an iframe for a notebook.

Equal analyses give equal pages. A page holds its data, one style sheet and one script, which its
Content-Security-Policy allows by their hashes: nothing else runs, and nothing is fetched.
"""

from __future__ import annotations

from viz.messages import Language
from viz.model import Analysis
from viz.render.report.page import page

__all__ = ["frame", "render"]


def render(analysis: Analysis, title: str = "", language: Language = "en") -> str:
    """Return the page of an analysis.

    Parameters
    ----------
    analysis
        With ``finals`` every node of the texts can be pointed at, with ``passes`` the page shows
        the lowering.
    title
        The title of the page; by default the name of the definition.
    language
        The language that the page speaks at first; it has both, and a button to change them.

    Raises
    ------
    WorkerError
        When Graphviz could not draw a tree.
    """
    return page(analysis, title, language)


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
