"""Find what a piece of the user's text became: the characters that its nodes wrote.

The way leads from the text to nodes of the user's Tree, from these by their origins to nodes of a
target's final Tree, and from those by their marks to characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from viz.model import Analysis, Mark, Node, Origin, Origins, Place, Source, Tree
from viz.text import Span


def find(analysis: Analysis, span: Span) -> tuple[Place, ...]:
    r"""Return what a piece of the user's text became, in every target.

    These are the characters written by the nodes that come from an input node whose own span lies
    inside ``span``; where there is none, from the one with the smallest span around it. Where a
    pass removed the node at ``span``, such as a loop that is unrolled, they are those of the nodes
    below it. Characters inside other ones of the result are not returned again.

    >>> start = text.index("B[vi] =")
    >>> for place in viz.find(analysis, Span(start, text.index("\n", start))):
    ...     source = analysis.targets[place.target].source
    ...     print(source.emissions[place.emission].text[place.start : place.end])

    Parameters
    ----------
    analysis
        From :func:`viz.analyze` or :func:`viz.inspect`, with ``finals=True``.
    span
        A :class:`viz.text.Span` of ``analysis.text``: half-open, in code points.

    Returns
    -------
    tuple of Place
        By target and emission, in the order of the text; empty where the piece became nothing.
    """
    places: list[Place] = []
    for target, parts in analysis.targets.items():
        source, origins = parts.source, parts.origins
        if source is None or origins is None:
            continue
        emitting = emitting_origins(source, origins.nodes, parts.final)
        emitting += list(_at_other_calls(origins, emitting, analysis.tree))
        nodes = _input_nodes(_input_places(emitting, analysis.tree), span, analysis)
        wanted = {origin.node: origin for origin in emitting if origin.input_node in nodes}
        places += _places(target, source, wanted)
    return tuple(places)


def node_at(tree: Tree, span: Span) -> Node | None:
    """Return the node that a place in the user's text is about; None where there is none.

    It is the statement that begins at the place, else the largest node inside of it, else the
    smallest one around it; of nodes at one place the outermost.
    """
    placed = [(node, node.span) for node in tree.nodes if node.span is not None]
    begins = [row for row in placed if row[0].kind == "stmt" and row[1].start == span.start]
    inside = [row for row in placed if _holds(span, row[1])]
    around = [row for row in placed if _holds(row[1], span)]
    if begins or not inside:
        rows = begins or around
        return min(rows, key=lambda row: row[1].end - row[1].start, default=(None, span))[0]
    return max(inside, key=lambda row: row[1].end - row[1].start)[0]


def emitting_origins(source: Source, origins: Sequence[Origin], final: Tree | None) -> list[Origin]:
    """Return the origins of the nodes with a mark, and of those around them, by rising id."""
    nodes = {mark.node for emission in source.emissions for mark in emission.marks}
    for node in reversed(final.nodes if final is not None else ()):  # children before parents
        if node.id not in nodes and any(child.id in nodes for child in node.children):
            nodes.add(node.id)
    return [origins[node] for node in sorted(nodes)]


def _at_other_calls(
    origins: Origins, emitting: Sequence[Origin], tree: Tree | None
) -> Iterator[Origin]:
    """Yield the further origins of nodes in kernels that several calls share."""
    if tree is None or not origins.shared:
        return
    for origin in emitting:
        for node in origins.others(origin.node):
            span = tree.nodes[node].span
            yield Origin(origin.node, node, span, origin.made_by, "inherited")


def _places(target: str, source: Source, wanted: dict[int, Origin]) -> Iterator[Place]:
    for number, emission in enumerate(source.emissions):
        for mark in _topmost(mark for mark in emission.marks if mark.node in wanted):
            origin = wanted[mark.node]
            assert origin.input_node is not None
            yield Place(
                target=target,
                emission=number,
                part=emission.part,
                form=emission.form,
                start=mark.start,
                end=mark.end,
                node=mark.node,
                input_node=origin.input_node,
                certainty=origin.certainty,
            )


def _topmost(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Yield the marks that stand inside no other; they come in the order in which they open."""
    end = -1
    for mark in marks:
        if mark.start >= end:
            end = mark.end
            yield mark


# ---------------------------------------------------------------- from the text to input nodes


class _InputPlaces(NamedTuple):
    """Where nodes of the user's Tree stand in the text, by id.

    ``linked`` has those that something came from; ``all`` has the others, too, each at the place
    that the Tree gives it.
    """

    linked: dict[int, Span]
    all: dict[int, Span]


def _input_places(origins: Iterable[Origin], tree: Tree | None) -> _InputPlaces:
    linked = {
        origin.input_node: origin.span
        for origin in origins
        if origin.input_node is not None and origin.span is not None
    }
    nodes = tree.nodes if tree is not None else ()
    return _InputPlaces(linked, {node.id: node.span for node in nodes if node.span} | linked)


def _input_nodes(places: _InputPlaces, span: Span, analysis: Analysis) -> set[int]:
    """Return the linked nodes that a span names: see :func:`find`."""
    inside = {node for node, place in places.linked.items() if _holds(span, place)}
    named = _smallest(places.all.values(), span)
    # The first line of a loop means the loop, not the names in that line.
    if named is None or (inside and not _is_head(span, named, analysis.text)):
        return inside
    for place in (named, _smallest(places.linked.values(), span)):
        at = [node for node, other in places.all.items() if other == place]
        if linked := places.linked.keys() & at:
            return linked
        # A pass did away with the node: what is below it is left.
        if linked := places.linked.keys() & _below(analysis.tree, at):
            return linked
    return set()


def _below(tree: Tree | None, nodes: Iterable[int]) -> set[int]:
    if tree is None:
        return set()
    return {below.id for node in nodes for below in tree.walk(node)}


def _smallest(places: Iterable[Span], span: Span) -> Span | None:
    enclosing = (place for place in places if _holds(place, span))
    return min(enclosing, key=lambda place: place.end - place.start, default=None)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_head(span: Span, named: Span, text: str) -> bool:
    """Whether a span is the first line of several that a node takes."""
    first = named.start + len(text[named.start : named.end].partition("\n")[0].rstrip())
    return span.start == named.start and first <= span.end < named.end
