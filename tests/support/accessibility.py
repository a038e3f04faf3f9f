"""What axe finds on a page that keeps people from using it, in both themes."""

import json

import pytest

SHOWN = {"serious", "critical"}
# The words of a text differ from token to token, its colours and roles do not: the first of each stands for all.
ALIKE = [[".lines > .block:nth-child(n+2)"], ["[data-alike]"]]
MARK_ALIKE = """() => {
  const seen = new Set()
  for (const leaf of document.querySelectorAll(":is(.listing, .monaco-editor, svg) *")) {
    if (leaf.childElementCount) continue
    const {color, fill, fontSize} = getComputedStyle(leaf)
    const around = [leaf, leaf.parentElement, leaf.parentElement.parentElement].map(one => one.getAttribute("class"))
    const kind = JSON.stringify([leaf.tagName, around, color, fill, fontSize])
    leaf.toggleAttribute("data-alike", seen.has(kind))
    seen.add(kind)
  }
}"""
ALL = {
    "resultTypes": ["violations"],
    "rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}},
}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


def barriers(page, options=ALL, part="html"):
    """Return what axe finds serious or critical in a part of the page, a line for each element."""
    base = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(base.AXE_SCRIPT)
    page.evaluate(MARK_ALIKE)
    where = json.dumps({"include": [[part]], "exclude": ALIKE})
    found = page.evaluate(f"axe.run({where}, {json.dumps(options)})")["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary'].splitlines()[1]}"
        for rule in found
        for node in rule["nodes"]
        if (node["impact"] or rule["impact"]) in SHOWN
    ]


def barriers_in_both_themes(page, part="html"):
    """Return what axe finds in the light theme, and of the dark one what has too little contrast."""
    light = barriers(page, ALL, part)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_timeout(100)
    dark = barriers(page, CONTRAST, part)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return light + [f"dark: {line}" for line in dark]
