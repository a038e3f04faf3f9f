"""Say in words how the two sides of a comparison differ, for the page and the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from viz.locale.translator import Translator, marked
from viz.model import (
    ComparedRuns,
    DiffLine,
    Figures,
    KernelPair,
    Problem,
    ProgramComparison,
    SitePair,
    TargetPair,
    TreePairs,
    catalog,
)
from viz.render.outcomes.access_words import access_words

KINDS = {
    "changed": marked("{count:,} changed"),
    "moved": marked("{count:,} moved"),
    "removed": marked("{count:,} only in A"),
    "added": marked("{count:,} only in B"),
}
"""How many lines or nodes there are of each kind."""


class ComparedRow(NamedTuple):
    """One thing that is compared.

    Attributes
    ----------
    is_same
        Whether it is the same; None where that is not known.
    title
        What it is.
    words
        How it differs.
    site
        The access to memory that it is about.
    """

    is_same: bool | None
    title: str
    words: str
    site: SitePair | None = None


def compared_rows(comparison: ProgramComparison, _: Translator) -> Iterator[ComparedRow]:
    """Yield what is compared, and how it differs, from the texts to what they compute."""
    is_same = comparison.is_same_text
    yield ComparedRow(is_same, _("text"), _line_words(comparison.lines, _))
    yield ComparedRow(comparison.tree.is_same, _("program"), tree_words(comparison.tree, _))
    for target in comparison.targets:
        yield from _target_rows(target, comparison, _)
    for run in comparison.runs:
        yield from run_rows(run, _)


def _target_rows(
    target: TargetPair, comparison: ProgramComparison, _: Translator
) -> Iterator[ComparedRow]:
    names = target_words(target)
    sides = (comparison.before.targets[target.before], comparison.after.targets[target.after])
    for letter, side in zip("AB", sides, strict=True):
        if side.problem is not None:
            yield ComparedRow(False, names, f"{letter}: {side.problem.text(_.language)}")
    if target.tree is not None:
        title = _("{target}, lowered tree", target=names)
        yield ComparedRow(target.tree.is_same, title, tree_words(target.tree, _))
    for text in target.texts:
        several = len(target.texts) > 1
        title = f"{names}, {_(text.title)}" if several else _("{target}, source", target=names)
        if text.before is None or text.after is None:
            yield ComparedRow(
                False, title, _("only in B") if text.before is None else _("only in A")
            )
        else:
            yield ComparedRow(text.is_same, title, _line_words(text.lines, _))


def target_words(target: TargetPair) -> str:
    """Return the targets of a pair, once where they are one."""
    titles = [
        row.title if (row := catalog.target(name)) is not None else name
        for name in dict.fromkeys((target.before, target.after))
    ]
    return " | ".join(titles)


def run_rows(run: ComparedRuns, _: Translator) -> Iterator[ComparedRow]:
    """Yield what two runs computed and cost beside each other, and what of it is not known."""
    device = " | ".join(dict.fromkeys(run.device))
    for letter, problem in zip("AB", run.problems, strict=True):
        if isinstance(problem, Problem):
            yield ComparedRow(
                None, _("run, {device}", device=device), f"{letter}: {problem.text(_.language)}"
            )
    for letter, outcome in zip("AB", (run.before, run.after), strict=True):
        if outcome is not None and not outcome.passed:
            words = _("{side} is not what its reference says", side=letter)
            yield ComparedRow(False, _("run, {device}", device=device), words)
    for output in run.outputs:
        title = _("output {name}, {device}", name=output.name, device=device)
        error = "∞" if output.max_abs is None else f"{output.max_abs:.3g}"
        if output.passed:
            yield ComparedRow(
                True, title, _("largest difference {error}, within the tolerance", error=error)
            )
        else:
            words = _(
                "{count:,} elements differ, by up to {error}", count=output.mismatches, error=error
            )
            yield ComparedRow(False, title, words)
    for letter, names in zip("AB", run.alone, strict=True):
        for name in names:
            title = _("output {name}, {device}", name=name, device=device)
            yield ComparedRow(
                False, title, _("only {side} has one of this name and shape", side=letter)
            )
    yield from _uncounted_rows(run, device, _)
    for kernel in run.kernels:
        yield from _cost_rows(kernel, _)


def _uncounted_rows(run: ComparedRuns, device: str, _: Translator) -> Iterator[ComparedRow]:
    """Yield a row for each side of which no cost is known, where that of the other one is."""
    outcomes = (run.before, run.after)
    if not any(outcome is not None and outcome.cost is not None for outcome in outcomes):
        return
    for letter, outcome in zip("AB", outcomes, strict=True):
        if outcome is not None and outcome.cost is None:
            words = _("the accesses of {side} were not counted", side=letter)
            yield ComparedRow(None, _("cost, {device}", device=device), words)


COSTS: dict[str, str] = {
    "requests": marked("requests of warps"),
    "sectors": marked("sectors of global memory"),
    "ideal_sectors": marked("sectors at best"),
    "conflicts": marked("bank conflicts"),
    "bytes_asked": marked("bytes asked for"),
}
"""The figures of a kernel that are compared, in words."""


def _cost_rows(kernel: KernelPair, _: Translator) -> Iterator[ComparedRow]:
    if not kernel.is_complete:
        words = _("not all blocks were looked at: the figures are of those that were")
        yield ComparedRow(None, kernel.name, words)
    for letter, problem in zip("AB", kernel.problems, strict=True):
        if problem is not None:
            yield ComparedRow(None, kernel.name, f"{letter}: {_.of_message(problem)}")
    for name, words in COSTS.items():
        before, after = (_figure(side, name) for side in (kernel.before, kernel.after))
        if not {before, after} <= {"0", "–"}:
            how = f"{before} → {after}" if before != after else before
            is_same = None if any(kernel.problems) else before == after
            yield ComparedRow(is_same, f"{kernel.name}, {_(words)}", how)
    for site in kernel.sites:
        changed = _site_words(site.before, site.after, _)
        if changed:
            place = access_words(site.kind, site.buffer, _)
            line = site.after_line or site.before_line
            where = "" if line is None else f", {_('line {line}', line=line)}"
            yield ComparedRow(False, f"  {place}{where}", changed, site)


def _figure(figures: Figures | None, name: str) -> str:
    return "–" if figures is None else f"{getattr(figures, name):,}"


def _site_words(before: Figures | None, after: Figures | None, _: Translator) -> str:
    words = []
    for name in ("sectors", "conflicts"):
        values = [_figure(side, name) for side in (before, after)]
        if values[0] != values[1] and not {*values} <= {"0", "–"}:
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
