"""Show the picture of a Tree, to be moved and zoomed, as a Streamlit component."""

from __future__ import annotations

from viz.ui.workbench import assets

_HTML = """<div class="picture" role="group" aria-label="Abstract syntax tree">
<div class="canvas"><div class="sheet"></div></div>
<div class="tools">
<button class="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button class="out" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button class="fit" title="Fit (0)" aria-label="Fit">⤢</button>
</div></div>"""
_CSS = """.picture { position: relative; overflow: hidden;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.picture:focus-within { border-color: var(--st-primary-color); }
.canvas { height: 100%; overflow: auto; overscroll-behavior: contain; cursor: grab; display: grid; }
.canvas:active { cursor: grabbing; }
.sheet { position: relative; padding: 8px; min-width: max-content; min-height: max-content;
  display: grid; place-items: start center; }
svg.viz-ast { display: block; }
svg.viz-ast:focus { outline: none; }
svg.viz-ast.wordless text { display: none; }
.tools { position: absolute; right: 16px; bottom: 16px; display: flex; gap: 4px; }
.tools button { width: 28px; height: 28px; border: 1px solid var(--st-border-color);
  border-radius: 6px; background: var(--st-background-color); color: var(--st-text-color);
  font-size: 15px; cursor: pointer; }
.tools button:hover { border-color: var(--st-primary-color); }
"""


def picture(svg: str, height: int, key: str) -> None:
    """Show the SVG of a Tree, ``height`` CSS pixels high; ``key`` names the component."""
    data = {"svg": svg, "height": height, **assets.address()}
    assets.component("picture", _HTML, _CSS)(data=data, key=key, height="content")
