"""A picture of a Tree that can be moved, zoomed and clicked: a component of one script."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HTML = """<div class="picture" tabindex="0" role="group" aria-label="Abstract syntax tree">
<div class="stage"></div>
<div class="tools">
<button class="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button class="out" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button class="fit" title="Fit (0)" aria-label="Fit">⤢</button>
</div></div>"""
_CSS = """.picture { position: relative; overflow: hidden; cursor: grab; touch-action: none;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.picture:active { cursor: grabbing; }
.picture:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.stage { position: absolute; inset: 0; }
.stage g.node { cursor: pointer; }
.stage g.node * { pointer-events: all; }
.tools { position: absolute; right: 8px; bottom: 8px; display: flex; gap: 4px; }
.tools button { width: 28px; height: 28px; border: 1px solid var(--st-border-color); border-radius:
6px;
  background: var(--st-background-color); color: var(--st-text-color); font-size: 15px; cursor:
  pointer; }
.tools button:hover { border-color: var(--st-primary-color); }
"""


@cache
def _component() -> Any:
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return st.components.v2.component("tirscope_picture", html=_HTML, css=_CSS, js=script)


def picture(svg: str, height: int, key: str) -> int | None:
    """Show an SVG of a Tree; return the id of the node that was clicked just now, or None."""
    result = _component()(
        data={"svg": svg, "height": height},
        key=key,
        on_chosen_change=lambda: None,
        height="content",
    )
    chosen = result.get("chosen")
    return int(chosen) if chosen is not None else None
