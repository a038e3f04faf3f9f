"""One HTML file with its style and its script: nothing else runs, and nothing is fetched."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files

from viz.messages import Language
from viz.render import diff_html, graph, markup, web
from viz.render.report.words import labelled, text_html

CARD = (
    f'<aside class="card" {labelled("What you point at", "指着的内容")}>'
    '<div class="headline" role="status"></div><div class="details"></div></aside>'
)
"""What is said about the node that is pointed at."""


def document(title: str, language: Language, body: str, style: str, script: str) -> str:
    """Return a page whose Content-Security-Policy allows its one style and its one script.

    Parameters
    ----------
    body
        HTML, without scripts but for data.
    """
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="TIRscope">',
            f"<title>{text_html(title)} · TIRscope</title>",
            f"<style>{style}</style></head><body>",
            body,
            f"<script>{script}</script></body></html>\n",
        ]
    )


@cache
def shared_style() -> str:
    """Return the style sheet of a report, with the dark colours for ``:root.dark``."""
    trees = "".join(graph.style(theme) for theme in ("auto", "light", "dark"))
    code = f"{markup.css('light')}:root.dark{{{markup.css('dark')}}}"
    shared = f":root{{{web.read('colours.css')}}}{web.read('panes.css')}"
    own = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    return f"{code}{trees}{diff_html.CSS}{shared}{own}"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
