"""Put two analyses side by side: their texts, their trees, and what was written for targets."""

from __future__ import annotations

from collections.abc import Sequence

from viz.model import Analysis, ProgramComparison, TargetPair, Tree, TreePairs
from viz.provenance.compare.texts import (
    counterparts_of,
    origin_places,
    paired_emissions,
    paired_lines,
    text_places,
)
from viz.provenance.compare.tree_pairs import pair_trees


def compared(
    before: Analysis, after: Analysis, targets: Sequence[tuple[str, str]]
) -> ProgramComparison:
    """Return two analyses side by side.

    Parameters
    ----------
    before, after
        Analyses with ``finals=True``.
    targets
        Which target of the first analysis stands beside which of the second.
    """
    is_exact = before.engine == after.engine
    lines = paired_lines(before.text, after.text)
    old, new = before.tree or Tree(stage="input"), after.tree or Tree(stage="input")
    tree = pair_trees(
        old,
        new,
        text_places(old, before.text, lines, "before"),
        text_places(new, after.text, lines, "after"),
        is_exact=is_exact,
    )
    pairs = tuple(_target(before, first, after, second, tree) for first, second in targets)
    return ProgramComparison(before=before, after=after, lines=lines, tree=tree, targets=pairs)


def _target(
    before: Analysis, first: str, after: Analysis, second: str, inputs: TreePairs
) -> TargetPair:
    """Return what the sides become for a target each."""
    old, new = before.targets[first], after.targets[second]
    texts = (
        () if old.source is None or new.source is None else paired_emissions(old.source, new.source)
    )
    if old.final is None or new.final is None:
        return TargetPair(before=first, after=second, texts=texts)
    tree = pair_trees(
        old.final,
        new.final,
        origin_places(old.origins),
        origin_places(new.origins, counterparts_of(inputs)),
        is_exact=before.engine == after.engine,
    )
    return TargetPair(before=first, after=second, tree=tree, texts=texts)
