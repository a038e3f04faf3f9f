"""Put a comparison into lines for a terminal: a summary, the nodes that differ, unified diffs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from viz.cli.output import padded
from viz.cli.unified_diff import unified
from viz.locale.translator import Translator, marked
from viz.model import (
    ComparedRuns,
    DiffLine,
    Figures,
    KernelPair,
    Node,
    Problem,
    ProgramComparison,
    TargetPair,
    Tree,
    TreePairs,
    catalog,
)
from viz.text import Text, text_width

MOST_NODES = 12
"""Nodes that differ that the summary lists."""

SIGNS = {True: "=", False: "≠"}

KINDS = {
    "changed": marked("{count:,} changed"),
    "moved": marked("{count:,} moved"),
    "removed": marked("{count:,} only in A"),
    "added": marked("{count:,} only in B"),
}
"""How many lines or nodes there are of each kind."""


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
    summary += _table([*_rows(comparison, _)])
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


# ---------------------------------------------------------------- the summary

Row = tuple[bool | None, str, str]
"""Whether something is the same, if that is known; what it is; how it differs."""


def _rows(comparison: ProgramComparison, _: Translator) -> Iterator[Row]:
    is_same = comparison.is_same_text
    yield is_same, _("text"), _line_words(comparison.lines, _)
    yield comparison.tree.is_same, _("program"), tree_words(comparison.tree, _)
    for target in comparison.targets:
        yield from _target_rows(target, comparison, _)
    for run in comparison.runs:
        yield from _run_rows(run, _)


def _target_rows(target: TargetPair, comparison: ProgramComparison, _: Translator) -> Iterator[Row]:
    names = target_words(target)
    sides = (comparison.before.targets[target.before], comparison.after.targets[target.after])
    for letter, side in zip("AB", sides, strict=True):
        if side.problem is not None:
            yield False, names, f"{letter}: {side.problem.text(_.language)}"
    if target.tree is not None:
        tree = tree_words(target.tree, _)
        yield target.tree.is_same, names, _("lowered tree: {how}", how=tree)
    for text in target.texts:
        title = f"{names}, {_(text.title)}" if len(target.texts) > 1 else names
        if text.before is None or text.after is None:
            yield False, title, _("only in B") if text.before is None else _("only in A")
        else:
            yield text.is_same, title, _line_words(text.lines, _)


def target_words(target: TargetPair) -> str:
    """Return the targets of a pair, once where they are one."""
    titles = [
        row.title if (row := catalog.target(name)) is not None else name
        for name in dict.fromkeys((target.before, target.after))
    ]
    return " | ".join(titles)


def _run_rows(run: ComparedRuns, _: Translator) -> Iterator[Row]:
    device = " | ".join(dict.fromkeys(run.device))
    for letter, problem in zip("AB", run.problems, strict=True):
        if isinstance(problem, Problem):
            yield None, _("run, {device}", device=device), f"{letter}: {problem.text(_.language)}"
    for letter, outcome in zip("AB", (run.before, run.after), strict=True):
        if outcome is not None and not outcome.passed:
            words = _("{side} is not what its reference says", side=letter)
            yield False, _("run, {device}", device=device), words
    for output in run.outputs:
        title = _("output {name}, {device}", name=output.name, device=device)
        error = "∞" if output.max_abs is None else f"{output.max_abs:.3g}"
        if output.passed:
            yield True, title, _("largest difference {error}, within the tolerance", error=error)
        else:
            words = _(
                "{count:,} elements differ, by up to {error}", count=output.mismatches, error=error
            )
            yield False, title, words
    for letter, names in zip("AB", run.alone, strict=True):
        for name in names:
            title = _("output {name}, {device}", name=name, device=device)
            yield False, title, _("only {side} has one of this name and shape", side=letter)
    for kernel in run.kernels:
        yield from _cost_rows(kernel, _)


COSTS: dict[str, str] = {
    "requests": marked("requests of warps"),
    "sectors": marked("sectors of global memory"),
    "ideal_sectors": marked("sectors at best"),
    "conflicts": marked("bank conflicts"),
    "bytes_asked": marked("bytes asked for"),
}
"""The figures of a kernel that are compared, in words."""


def _cost_rows(kernel: KernelPair, _: Translator) -> Iterator[Row]:
    for name, words in COSTS.items():
        before, after = (_figure(side, name) for side in (kernel.before, kernel.after))
        if before or after:
            how = f"{before} → {after}" if before != after else before
            yield before == after, f"{kernel.name}, {_(words)}", how
    for site in kernel.sites:
        changed = _site_words(site.before, site.after, _)
        if changed:
            place = f"{site.buffer} {_(site.kind)}"
            line = site.after_line or site.before_line
            where = "" if line is None else f", {_('line {line}', line=line)}"
            yield False, f"  {place}{where}", changed


def _figure(figures: Figures | None, name: str) -> str:
    return "–" if figures is None else f"{getattr(figures, name):,}"


def _site_words(before: Figures | None, after: Figures | None, _: Translator) -> str:
    words = []
    for name in ("sectors", "conflicts"):
        values = [_figure(side, name) for side in (before, after)]
        if values[0] != values[1]:
            words.append(f"{_(COSTS[name])} {values[0]} → {values[1]}")
    return ", ".join(words)


def _line_words(lines: Sequence[DiffLine], _: Translator) -> str:
    kinds = Counter(str(row.kind) for row in lines)
    counts = _counts(kinds, _)
    return _("lines: {counts}", counts=counts) if counts else _("the same lines")


def tree_words(pairs: TreePairs, _: Translator) -> str:
    """Return how many nodes of two trees differ, in words."""
    kinds = Counter(str(pair.kind) for pair in pairs.pairs)
    kinds.update(removed=len(pairs.removed), added=len(pairs.added))
    counts = _counts(kinds, _)
    same = f"{kinds['kept']:,}"
    if not counts:
        return _("the same {count} nodes", count=same)
    return _("nodes: {counts}, {same} the same", counts=counts, same=same)


def _counts(kinds: Counter[str], _: Translator) -> str:
    return _.list(_(words, count=kinds[kind]) for kind, words in KINDS.items() if kinds[kind])


def _table(rows: Sequence[Row]) -> list[str]:
    width = max(text_width(title) for _, title, _ in rows)
    return [
        f"{'?' if same is None else SIGNS[same]} {padded(title, width)}  {words}".rstrip()
        for same, title, words in rows
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
