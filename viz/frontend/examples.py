"""Load the shipped examples, with ``ast`` and without importing them."""

from __future__ import annotations

from functools import cache

from viz.frontend.program import Program, read
from viz.frontend.syntax import tree_of
from viz.model import Plain
from viz.shipped import shipped

FOLDER = shipped("examples")
FIRST = (
    "add_one",
    "if_double",
    "if_else",
    "vector_add",
    "matmul",
    "matmul_gpu",
    "conv2d",
    "reduce_sum",
    "softmax",
    "rms_norm",
)
"""The first examples in teaching order; the others follow by name."""


class Example(Plain, frozen=True):
    """A teaching program.

    Attributes
    ----------
    name
        The name of its file.
    title, description
        First line and rest of the docstring of the file.
    text
        The file without that docstring.
    """

    name: str
    title: str
    description: str
    text: str


@cache
def examples() -> dict[str, Example]:
    """Return the examples by name, in teaching order."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.py"))}
    order = [name for name in FIRST if name in texts] + [n for n in texts if n not in FIRST]
    return {name: _example(name, texts[name]) for name in order}


def _example(name: str, text: str) -> Example:
    program: Program = read(text)
    docstring = tree_of(text).body[0]
    lines = text.splitlines(keepends=True)
    return Example(
        name=name,
        title=program.metadata.title or name,
        description=" ".join(program.metadata.description.split()),
        text="".join(lines[docstring.end_lineno :]).lstrip("\n"),
    )
