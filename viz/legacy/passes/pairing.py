"""Pair the objects of a stage with those of an earlier one, by their places below others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

FOR = "tir.For"
SEQUENCE = "tir.SeqStmt"
VECTORISED, UNROLLED = 2, 3
"""Kinds of loops of which passes make statements."""

AROUND = (
    "tir.BlockRealize",
    "tir.Block",
    "tir.Allocate",
    "tir.AttrStmt",
    "tir.DeclBuffer",
    "tir.LetStmt",
    "tir.IfThenElse",
    "tir.AssertStmt",
)
"""What passes put around a statement, or take away."""


class LegacyTraced(msgspec.Struct, eq=False):
    """An object of a build.

    Attributes
    ----------
    handle
        Its address.
    key
        Its type.
    stage
        The number of the stage where it began, 0 for what the pipeline was given. A pass that only
        rebuilt a node did not make it.
    variable
        The address of the variable that it binds, 0 without.
    name
        The name of a block.
    kind, extent
        Those of a loop; the extent is 0 where it is no constant.
    is_new
        Whether it is of the stage that is looked at.
    children
        The objects in its fields, leaves left out.
    previous
        The object of an earlier stage that it was rebuilt from, where there is one.
    """

    handle: int
    key: str
    stage: int
    variable: int = 0
    name: str = ""
    kind: int = -1
    extent: int = 0
    is_new: bool = True
    children: Sequence[LegacyTraced] = ()
    previous: LegacyTraced | None = None

    def lineage(self) -> Iterator[LegacyTraced]:
        """Yield the object, what it was rebuilt from, and so on back."""
        current: LegacyTraced | None = self
        while current is not None:
            yield current
            current = current.previous


def pair_children(old: LegacyTraced, new: LegacyTraced) -> None:
    """Pair the children of two paired objects, in order, as far as they are new."""
    olds, news = old.children, new.children
    if new.key in (SEQUENCE, "tir.Block"):
        news = [*_flat(news)]
        olds = _as_many(olds, len(news))
    kept = {child.handle for child in news}
    if len(olds) == len(news):
        pairs = [*zip(olds, news, strict=True)]
    else:
        pairs = _by_key(
            [child for child in olds if child.handle not in kept],
            [child for child in news if child.is_new and child.previous is None],
        )
    for one, other in pairs:
        if one.handle not in kept:
            pair_bodies(one, other)


def _flat(children: Sequence[LegacyTraced]) -> Iterator[LegacyTraced]:
    """Yield statements, of those that only list others these."""
    for child in children:
        inside = [*_inwards(child)][-1]
        if inside.key == SEQUENCE:
            yield from _flat(inside.children)
        else:
            yield child


def _as_many(children: Sequence[LegacyTraced], count: int) -> list[LegacyTraced]:
    """Return statements, with the bodies of loops that were unrolled if these are as many.

    First those that are marked for that, then all of a constant extent, as a pragma asks for.
    """
    flat = [*_flat(children)]
    for kinds in ((UNROLLED, VECTORISED), None):
        if len(flat) == count:
            break
        expanded = [*_expanded(flat, kinds, count)]
        if len(expanded) == count:
            return expanded
    return flat


def _expanded(
    children: Sequence[LegacyTraced], kinds: tuple[int, ...] | None, most: int
) -> Iterator[LegacyTraced]:
    """Yield statements, and of loops of some kinds their bodies once for each round."""
    for child in children:
        loop = [*_inwards(child)][-1]
        rounds = 1 if loop.kind == VECTORISED else loop.extent
        if loop.key != FOR or not loop.children or not 0 < rounds <= most:
            yield child
        elif kinds is not None and loop.kind not in kinds:
            yield child
        else:
            body = [*_expanded([*_flat(loop.children[-1:])], kinds, most)]
            yield from body * rounds


def _by_key(
    old: Sequence[LegacyTraced], new: Sequence[LegacyTraced]
) -> list[tuple[LegacyTraced, LegacyTraced]]:
    """Pair objects of the same type, in order, where both lists have equally many of it."""
    by_key: dict[str, tuple[list[LegacyTraced], list[LegacyTraced]]] = {}
    for side, objects in enumerate((old, new)):
        for each in objects:
            inside = [*_inwards(each)][-1]
            by_key.setdefault(inside.key, ([], []))[side].append(each)
    return [
        pair
        for ones, others in by_key.values()
        if len(ones) == len(others)
        for pair in zip(ones, others, strict=True)
    ]


def _inwards(traced: LegacyTraced) -> Iterator[LegacyTraced]:
    """Yield an object, and what stands inside of a block or of what passes put around it."""
    yield traced
    while traced.key in AROUND and traced.children:
        traced = traced.children[-1]
        yield traced


def pair_bodies(old: LegacyTraced, new: LegacyTraced) -> None:
    """Pair two objects, or the outermost of one type that stand inside of them."""
    inside = {each.key: each for each in reversed([*_inwards(new)])}
    for each in _inwards(old):
        found = inside.get(each.key)
        if found is not None:
            if found.is_new and found.previous is None and found is not each:
                found.previous = each
            return
    last, body = [*_inwards(old)][-1], [*_inwards(new)][-1]
    if last.key == FOR:
        _pair_unrolled(last, body)
    elif SEQUENCE in (last.key, body.key):
        parts = [each.children if each.key == SEQUENCE else [each] for each in (last, body)]
        for one, other in _by_key(*parts):
            pair_bodies(one, other)
    elif body.is_new and body.previous is None:
        body.previous = last


def _pair_unrolled(loop: LegacyTraced, new: LegacyTraced) -> None:
    """Pair the body of a loop with what stands in the loop's place, once or many times."""
    while loop.key == FOR and loop.children:
        loop = [*_inwards(loop.children[-1])][-1]
    body = loop.children if loop.key == SEQUENCE else [loop]
    unrolled = new.children if new.key == SEQUENCE else [new]
    if len(unrolled) % len(body) == 0:
        for i, statement in enumerate(unrolled):
            if statement.key != SEQUENCE:
                pair_bodies(body[i % len(body)], statement)
