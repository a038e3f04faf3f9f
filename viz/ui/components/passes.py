"""Show the passes of a build as a list with keyboard keys, as a Streamlit component."""

from __future__ import annotations

from collections.abc import Sequence

from viz.model import Pass
from viz.provenance.pass_queries import counts
from viz.ui.workbench import assets

_HTML = """<div class="passes">
<input type="search" placeholder="Search the passes" aria-label="Search the passes">
<label><input type="checkbox"> <span>also those that changed nothing</span></label>
<ol tabindex="0" role="listbox" aria-label="Passes, j and k move"></ol></div>"""
_CSS = """.passes { display: flex; flex-direction: column; gap: 6px; font-size: 13.5px; }
.passes input[type=search] { font: inherit; padding: 6px 10px; color: inherit; width: 100%;
  box-sizing: border-box; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.passes label { opacity: .8; font-size: 12.5px; }
.passes ol { list-style: none; margin: 0; padding: 4px; overflow: auto;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
.passes ol:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.passes li { display: flex; gap: 8px; padding: 4px 8px; border-radius: 6px; cursor: pointer; }
.passes li:hover { background: var(--st-secondary-background-color); }
.passes li.same { opacity: .5; }
.passes li.failed { color: #c3352b; }
.passes li[aria-selected=true] { background: color-mix(in srgb, var(--st-primary-color) 18%,
  transparent); font-weight: 600; }
.passes .number { width: 2em; text-align: right; opacity: .55; }
.passes .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.passes .ms { width: 4.4em; text-align: right; opacity: .5; font-size: 12px; font-weight: 400;
  font-variant-numeric: tabular-nums; }
.passes .more { opacity: .65; font-variant-numeric: tabular-nums; font-weight: 400; }
"""


def passes(rows: Sequence[Pass], chosen: int, height: int, key: str) -> int | None:
    """Show the passes with one chosen; return the number that the user chose, or None.

    Number 0 is the first entry, which stands for the whole pipeline. ``height`` is in CSS pixels,
    ``key`` names the component.
    """
    more = {number: count.more for number, count in counts(rows).items()}
    data = {
        "rows": [
            {
                "number": row.number,
                "name": row.name,
                "part": row.part,
                "changed": row.changed,
                "failed": row.problem is not None,
                "more": more.get(row.number),
                "ms": round(row.seconds * 1e3, 2),
            }
            for row in rows
        ],
        "chosen": chosen,
        "height": height,
        **assets.address(),
    }
    result = assets.component("passes", _HTML, _CSS)(
        data=data, key=key, on_chosen_change=lambda: None, height="content"
    )
    number = result.get("chosen")
    return int(number) if number is not None else None
