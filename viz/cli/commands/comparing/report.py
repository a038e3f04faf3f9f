"""Put a comparison into lines for a terminal: a summary, the nodes that differ, unified diffs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from viz.cli.output import padded
from viz.cli.unified_diff import unified
from viz.locale.translator import Translator
from viz.model import (
    Node,
    ProgramComparison,
    Tree,
)
from viz.render.outcomes.comparison_words import ComparedRow, compared_rows
from viz.text import Text, text_width

MOST_NODES = 12
"""Nodes that differ that the summary lists."""

SIGNS = {True: "=", False: "≠"}


class ComparisonLines(NamedTuple):
    """The lines of the summary, and the lines of each unified diff."""

    summary: list[str]
    diffs: list[list[str]]


def report_lines(
    comparison: ProgramComparison, files: tuple[str, str], _: Translator
) -> ComparisonLines:
    """Return a comparison as lines; ``files`` are the names of the sides."""
    titles = side_titles(comparison, files)
    summary = [f"A  {titles[0]}", f"B  {titles[1]}", ""]
    summary += _table([*compared_rows(comparison, _)])
    listed = list(_nodes(comparison, _))
    if listed:
        summary += ["", _("Nodes of the program that differ"), *listed]
    texts = unified(comparison.lines, f"A  {titles[0]}", f"B  {titles[1]}")
    diffs = [list(texts), *_emitted(comparison, _)]
    return ComparisonLines(summary, [diff for diff in diffs if diff])


def side_titles(comparison: ProgramComparison, files: tuple[str, str]) -> tuple[str, str]:
    """Return the name of each side: its file, what is chosen of it, its engine."""
    titles = []
    for analysis, file in zip((comparison.before, comparison.after), files, strict=True):
        several = len(analysis.overview.definitions) > 1
        words = (file, analysis.overview.definition if several else "", analysis.engine)
        titles.append(" · ".join(word for word in words if word))
    return titles[0], titles[1]


def _table(rows: Sequence[ComparedRow]) -> list[str]:
    width = max(text_width(row.title) for row in rows)
    return [
        f"{'?' if row.is_same is None else SIGNS[row.is_same]} "
        f"{padded(row.title, width)}  {row.words}".rstrip()
        for row in rows
    ]


# ---------------------------------------------------------------- nodes


def _nodes(comparison: ProgramComparison, _: Translator) -> Iterator[str]:
    """Yield a line for each node of the programs that differs, of whole subtrees the top."""
    before, after = comparison.before, comparison.after
    old, new = before.tree, after.tree
    if old is None or new is None:
        return
    lines = []
    for pair in comparison.tree.pairs:
        if pair.kind != "kept":
            older = _node(old.nodes[pair.before], before.text, _)
            lines.append(f"~ {older} → {_node(new.nodes[pair.after], after.text, _)}")
    lines += [f"- {_node(node, before.text, _)}" for node in tops(old, comparison.tree.removed)]
    lines += [f"+ {_node(node, after.text, _)}" for node in tops(new, comparison.tree.added)]
    yield from lines[:MOST_NODES]
    if len(lines) > MOST_NODES:
        yield _("and {count:,} more (--json has all)", count=len(lines) - MOST_NODES)


def tops(tree: Tree, ids: Sequence[int]) -> list[Node]:
    """Return those of some nodes that stand below none of them; types are left out."""
    chosen = set(ids)
    below = {child.id for i in ids for child in tree.nodes[i].children}
    return [tree.nodes[i] for i in ids if i in chosen - below and tree.nodes[i].kind != "type"]


def _node(node: Node, text: str, _: Translator) -> str:
    label = f" {node.label}" if node.label else ""
    if node.span is None:
        return f"{node.title}{label}"
    line = Text(text).position(node.span.start).line
    return f"{node.title}{label} ({_('line {line}', line=line)})"


# ---------------------------------------------------------------- diffs


def _emitted(comparison: ProgramComparison, _: Translator) -> Iterator[list[str]]:
    for target in comparison.targets:
        for text in target.texts:
            if text.before is not None and text.after is not None:
                titles = [
                    f"{side}  {name}, {_(text.title)}"
                    for side, name in zip("AB", (target.before, target.after), strict=True)
                ]
                yield list(unified(text.lines, titles[0], titles[1]))
