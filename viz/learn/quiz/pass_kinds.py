"""Make questions about the passes of a target's build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from viz.learn import queries
from viz.learn.errors import FormError
from viz.learn.evidence import Stop
from viz.learn.quiz.draft import Draft, NotApplicableError, Option
from viz.learn.quiz.material import Material, about, short
from viz.learn.quiz.tree_kinds import LEAST_WRONG, among_words, shuffled
from viz.messages import Words
from viz.model import catalog

_HIDDEN = (
    "ir.Var", "ir.IntImm", "ir.FloatImm", "ir.StringImm", "ir.TensorRegion", "ir.Range",
    "tirx.IterVar", "ir.Call",
)  # fmt: skip
"""Types that say little, or that a drawing leaves out."""


def removing(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the pass after which a type of node is gone."""
    shown = {node.type_key for node in material.visible if node.kind in ("stmt", "expr")}
    left = {node.type_key for node in material.final.nodes}
    # The default schedule may have removed it before any pass did.
    there = {node.type_key for node in material.scheduled.tree.nodes}
    later = {key for row in material.later_passes for key, count in row.counts.items() if count}
    for key in shuffled(sorted((shown & there) - left - later - {*_HIDDEN}), random):
        stop = _stop(material, queries.PassQuery(pass_removing=key, target=material.target))
        if stop is None:
            continue
        options, right = _options(short(stop.name), shuffled(_names(material), random), random)
        yield Draft(
            kind="removes",
            how="choice",
            values={"type": _title(key), "target": material.title, "about": _about(stop.name)},
            answer=queries.PassQuery(pass_removing=key, target=material.target),
            options=options,
            right=right,
        )


def adding(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the first pass after which there is a type of node: a stop to go to."""
    before = {node.type_key for node in material.nodes}
    before |= {node.type_key for node in material.scheduled.tree.nodes}
    added = {key for row in material.passes for key, count in row.counts.items() if count}
    keys = shuffled(sorted(added - before - {*_HIDDEN}), random)
    # A statement is seen at once in the tree, one more operation is not.
    statements = {node.type_key for node in material.final.nodes if node.kind == "stmt"}
    for key in sorted(keys, key=lambda key: key not in statements):
        query = queries.AddingPassQuery(pass_adding=key, target=material.target)
        stop = _stop(material, query)
        if stop is None or key not in catalog.nodes():
            continue
        options, right = _options(short(stop.name), shuffled(_names(material), random), random)
        yield Draft(
            kind="adds",
            how="stop",
            values={"type": _title(key), "target": material.title, "about": _about(stop.name)},
            answer=query,
            options=options,
            right=right,
        )


def following(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the next pass that changes the program."""
    changed = [row for row in material.passes if row.changed]
    later = [row for row in material.later_passes if row.changed]
    times = Counter(short(row.name) for row in (*changed, *later))
    pairs = [*pairwise(changed)]
    for row, after in shuffled(pairs, random):
        own, answer = short(row.name), short(after.name)
        if times[own] > 1:
            continue
        # The best wrong answers ran between the two, and changed nothing.
        between = [
            short(other.name)
            for other in material.passes
            if row.number < other.number < after.number
        ]
        names = [*shuffled(sorted({*between}), random), *shuffled(_names(material), random)]
        others = [name for name in dict.fromkeys(names) if name != own]
        options, right = _options(answer, others, random)
        yield Draft(
            kind="next",
            how="choice",
            values={"pass": own, "target": material.title, "about": _about(after.name)},
            answer=queries.NextPassQuery(pass_after=row.name, target=material.target),
            options=options,
            right=right,
        )


def _options(answer: str, names: Sequence[str], random: Random) -> tuple[tuple[Option, ...], int]:
    """Return a pass among others, and its place; the others are the first of ``names``.

    Raises
    ------
    NotApplicableError
        When there are too few others.
    """
    wrong = [name for name in names if name != answer]
    if len(wrong) < LEAST_WRONG:
        raise NotApplicableError("few-choices")
    return among_words(answer, wrong, random)


def _stop(material: Material, query: queries.Stop) -> Stop | None:
    try:
        stop = material.evidence.value(query)
    except FormError:
        return None
    return stop if isinstance(stop, Stop) else None


def _names(material: Material) -> list[str]:
    """Return the short names of the passes that changed the program."""
    return sorted({short(row.name) for row in material.passes if row.changed})


def _about(name: str) -> Words:
    return about(catalog.passes().get(name))


def _title(key: str) -> str:
    row = catalog.nodes().get(key)
    return short(key) if row is None else row.title
