"""Load the shipped examples, with ``ast`` and without importing them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from viz.frontend.program import Program, read
from viz.frontend.syntax import tree_of
from viz.model import Plain
from viz.shipped import shipped

FOLDER = shipped("examples")
RELAX = FOLDER / "relax"
"""Programs with Relax functions."""
WRONG = FOLDER / "wrong"
"""Programs with a mistake to find, which are no examples of how to write one."""
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
    targets
        The targets it is shown for; empty where it says nothing about them.
    wrong
        Whether it has a mistake on purpose, for the reader to find.
    """

    name: str
    title: str
    description: str
    text: str
    targets: tuple[str, ...] = ()
    wrong: bool = False


@cache
def examples() -> dict[str, Example]:
    """Return the examples of TensorIR by name, in teaching order, without those that are wrong."""
    texts = _texts(FOLDER)
    order = [name for name in FIRST if name in texts] + [n for n in texts if n not in FIRST]
    return {name: _example(name, texts[name]) for name in order}


@cache
def relax_examples() -> dict[str, Example]:
    """Return the examples with Relax functions by name."""
    return {name: _example(name, text) for name, text in _texts(RELAX).items()}


@cache
def wrong_examples() -> dict[str, Example]:
    """Return the programs that are wrong on purpose, by name."""
    return {name: _example(name, text, wrong=True) for name, text in _texts(WRONG).items()}


@cache
def gallery() -> dict[str, Example]:
    """Return all that can be opened by name: examples, those of Relax, those that are wrong."""
    return examples() | relax_examples() | wrong_examples()


def _texts(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


def _example(name: str, text: str, *, wrong: bool = False) -> Example:
    program: Program = read(text)
    docstring = tree_of(text).body[0]
    lines = text.splitlines(keepends=True)
    return Example(
        name=name,
        title=program.metadata.title or name,
        description=" ".join(program.metadata.description.split()),
        text="".join(lines[docstring.end_lineno :]).lstrip("\n"),
        targets=program.metadata.targets,
        wrong=wrong,
    )
