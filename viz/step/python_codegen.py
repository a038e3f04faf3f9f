"""Write a module's Tree as a Python program over NumPy buffers, with marks."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Mapping
from typing import NamedTuple

from viz.model import Emission, Mark, Tree
from viz.step import gpu_rules, rules, runtime, threads, tirx_rules
from viz.step.writer import NEWLINE, Context, Expression, Part, RuleWriter, Statement

MODULES = (runtime, threads)
"""What programs import from; what begins with ``_`` is not for them."""

HELPERS = {
    name: module.__name__
    for module in reversed(MODULES)
    for name, value in vars(module).items()
    if name[0].islower() and (callable(value) or isinstance(value, str))
}


class RuleTables(NamedTuple):
    """The rules of a codegen: by the types of nodes, and of calls by their operators."""

    statements: Mapping[str, Statement]
    expressions: Mapping[str, Expression]
    operators: Mapping[str, Expression]


def rule_tables(tree: Tree) -> RuleTables:
    """Return the rules that a module is written by: those of a GPU where it has threads."""
    functions = functions_of(tree)
    on_gpu = any(gpu_rules.has_threads(part) or tirx_rules.is_tirx(part) for part in functions)
    table = tirx_rules if on_gpu else rules
    return RuleTables(table.STATEMENTS, rules.EXPRESSIONS, table.OPERATORS)


def functions_of(tree: Tree) -> list[Part]:
    """Return the PrimFuncs of a module, or the one that the tree is of."""
    root = Part(tree, tree.nodes[0])
    children = [Part(tree, tree.nodes[child.id]) for child in root.node.children]
    return [part for part in (root, *children) if part.key == "tirx.PrimFunc"]


def python_of(
    tree: Tree,
    *,
    has_barriers: bool | None = None,
    separate_threads: bool = False,
    leave_out: Container[str] = (),
) -> Emission:
    """Return the Python program of a module at one stage, with its marks.

    It has one function for each PrimFunc, whose parameters are arrays for buffers and NumPy numbers
    for scalars.

    Parameters
    ----------
    has_barriers
        Whether a pass has inserted the barriers, so that none are missing in the tree. None: not at
        the input, and later where a function has one.
    separate_threads
        Whether the threads of a GPU are functions also where they wait for nobody.
    leave_out
        Names of functions that are not written.

    Raises
    ------
    RunError
        When a node has no rule; it names the node's type or operator, and its place.
    """
    writer = RuleWriter(*rule_tables(tree), HELPERS)
    if has_barriers is None and tree.stage == "input":
        has_barriers = False
    writer.context = Context(has_barriers=has_barriers, separate=separate_threads)
    for function in functions_of(tree):
        if function.node.path not in leave_out:
            writer.write(NEWLINE, NEWLINE, function, NEWLINE)
    return emission_of(writer)


def emission_of(writer: RuleWriter, title: str = "Python", language: str = "python") -> Emission:
    """Return what a writer has written, below what it imports."""
    text = _imports(writer.helpers) + writer.text
    moved = len(text.lstrip(NEWLINE)) - len(writer.text)
    return Emission(
        part="host",
        title=title,
        language=language,
        text=text.lstrip(NEWLINE),
        marks=tuple(Mark(m.start + moved, m.end + moved, m.node) for m in writer.marks),
        verified="expressions",
        exact=1.0,
    )


def name_in(tree: Tree, emission: Emission, function: str) -> str:
    """Return what the text of a module calls one of its functions."""
    heads = {
        tree.nodes[mark.node].path: emission.text[mark.start : mark.end]
        for mark in emission.marks
        if tree.nodes[mark.node].kind == "func"
    }
    head = heads.get(function) or next(iter(heads.values()), "")
    return head.partition("(")[0].removeprefix("def ")


def _imports(helpers: set[str]) -> str:
    """Return the lines that import what a program uses of the runtime."""
    lines = ""
    for module in MODULES:
        names = ", ".join(sorted(name for name in helpers if HELPERS[name] == module.__name__))
        line = f"from {module.__name__} import {names}\n" if names else ""
        if len(line) > 90:
            inner = textwrap.indent(textwrap.fill(names, 80), "    ")
            line = f"from {module.__name__} import (\n{inner},\n)\n"
        lines += line
    return lines
