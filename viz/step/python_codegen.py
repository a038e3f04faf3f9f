"""Write a module's Tree as a Python program over NumPy buffers, with marks."""

from __future__ import annotations

import textwrap

from viz.model import Emission, Mark, Tree
from viz.step import runtime
from viz.step.rules import EXPRESSIONS, STATEMENTS
from viz.step.writer import NEWLINE, Part, Piece, RuleWriter

HELPERS = tuple(name for name in vars(runtime) if not name.startswith("_"))


def python_of(tree: Tree) -> Emission:
    """Return the Python program of a module at one stage, with its marks.

    It has one function for each PrimFunc, whose parameters are arrays for buffers and NumPy numbers
    for scalars.

    Raises
    ------
    RunError
        When a node has no rule; it names the node's type or operator, and its place.
    """
    writer = RuleWriter(STATEMENTS, EXPRESSIONS, HELPERS)
    root = Part(tree, tree.nodes[0])
    functions = (
        [root]
        if root.key == "tirx.PrimFunc"
        else [Part(tree, tree.nodes[child.id]) for child in root.node.children]
    )
    for function in functions:
        if function.key == "tirx.PrimFunc":
            pieces: tuple[Piece, ...] = (NEWLINE, NEWLINE, function, NEWLINE)
            writer.write(*pieces)
    head = imports(writer.helpers)
    text = writer.text if head else writer.text.lstrip("\n")
    moved = len(head) - (len(writer.text) - len(text))
    marks = tuple(Mark(m.start + moved, m.end + moved, m.node) for m in writer.marks)
    return Emission(
        part="host",
        title="Python",
        language="python",
        text=head + text,
        marks=marks,
        verified="expressions",
        exact=1.0,
    )


def imports(helpers: set[str]) -> str:
    """Return the lines that import what a program uses of the runtime."""
    names = textwrap.wrap(", ".join(sorted(helpers)), 80)
    if len(names) < 2:
        return f"from viz.step.runtime import {names[0]}\n" if names else ""
    lines = "".join(f"    {line}\n" for line in names)
    return f"from viz.step.runtime import (\n{lines})\n"
