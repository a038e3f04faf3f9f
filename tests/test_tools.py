"""Check that the picture of the rooms and the page of the API are what their scripts write."""

import importlib
import re
from xml.etree import ElementTree

import pytest

from tools import api_docs, architecture
from tools.rooms import ROOMS


@pytest.mark.parametrize(
    ("script", "made"), [(architecture, architecture.draw), (api_docs, api_docs.page)]
)
def test_what_is_committed_is_what_the_script_makes(script, made):
    assert script.FILE.read_text(encoding="utf-8") == made(), f"run python -m {script.__name__}"


def test_a_room_stands_below_all_that_it_imports():
    graph = architecture.imported_rooms()
    boxes = architecture.place(architecture.rows(graph), 800)
    assert set(boxes) == set(graph)
    for room, imported in graph.items():
        assert all(boxes[name].bottom < boxes[room].y for name in imported), room


def test_arrows_leave_out_no_import():
    graph = architecture.imported_rooms()
    arrows = architecture.direct(graph)
    for room, imported in graph.items():
        reached, pending = set(), list(arrows[room])
        while pending:
            name = pending.pop()
            reached.add(name)
            pending += arrows[name]
        assert imported <= reached, room


def test_an_arrow_that_follows_from_others_is_left_out():
    graph = {"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a"}}
    assert architecture.direct(graph) == {"a": [], "b": ["a"], "c": ["b"], "d": ["a"]}


def test_the_picture_shows_every_folder():
    picture = ElementTree.fromstring(architecture.draw())
    texts = {
        "".join(element.itertext()) for element in picture.iter() if element.tag.endswith("text")
    }
    folders = {room for rooms in ROOMS for room in rooms if "/" not in room}
    files = {
        "__init__",
        "__main__",
        "analysis",
        "api",
        "browser_runs",
        "comparisons",
        "cost_runs",
        "kept_arrays",
        "runs",
        "schedules",
    }
    for room in folders - files:
        assert any(text == f"{room}/" or text.startswith(f"{room}: ") for text in texts), room
    assert "(prefers-color-scheme: dark)" in architecture.draw()


def test_every_name_of_the_api_page_exists():
    headings = re.findall(r"^### (\S+)$", api_docs.page(), re.MULTILINE)
    assert len(headings) > 50
    for heading in headings:
        module, _, name = heading.rpartition(".")
        if not hasattr(importlib.import_module(module), name):
            importlib.import_module(heading)


@pytest.mark.parametrize("name", ["viz", "viz.testing", "viz.model"])
def test_the_api_page_has_every_public_name(name):
    page = api_docs.page()
    for public in importlib.import_module(name).__all__:
        shown = f"### {name}.{public}\n" in page
        assert shown or (
            name == "viz" and re.search(rf"^### viz\.\w+\.{public}$", page, re.MULTILINE)
        )


def test_numpydoc_becomes_markdown():
    docstring = """Return ``x`` of :func:`y`.

Parameters
----------
one, two
    Numbers,
    in seconds.

Raises
------
ValueError
    Never.

=====  ====
``a``  b | c
=====  ====

>>> f(1)
2
"""
    assert (
        api_docs.markdown(docstring)
        == """Return `x` of `y`.

**Parameters**

- `one, two`:
  Numbers,
  in seconds.

**Raises**

- `ValueError`:
  Never.

| | |
|---|---|
| `a` | b \\| c |

```python
>>> f(1)
2
```
"""
    )
