"""Put two engines beside each other: their nodes by the user's text, their passes by name.

Two generations of TVM make different trees of one text. What both know is the text, so a node of
the one is tied to the node of the other that stands at the same place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from viz.model import (
    Certainty,
    DiffLine,
    Emission,
    Link,
    Links,
    Node,
    Origins,
    Pass,
    Plain,
    Source,
    Tree,
)
from viz.provenance.compare.texts import from_first_mark
from viz.provenance.stage_origins import inherited_spans, own_span
from viz.provenance.text_diff import diff_texts
from viz.text import Span


class PassPair(Plain, frozen=True):
    """A pass in two pipelines, by the name without what stands before its dot.

    Numbers are those of its runs, from 1; none in the pipeline that does not have it.
    """

    name: str
    older: tuple[int, ...] = ()
    newer: tuple[int, ...] = ()


def paired_passes(older: Sequence[Pass], newer: Sequence[Pass]) -> tuple[PassPair, ...]:
    """Return the passes of two pipelines, each name once, in the order in which they first run."""
    names = list(dict.fromkeys(short_name(row) for row in older))
    for at, name in enumerate(dict.fromkeys(short_name(row) for row in newer)):
        if name not in names:
            names.insert(min(at, len(names)), name)
    return tuple(
        PassPair(name=name, older=_runs(older, name), newer=_runs(newer, name)) for name in names
    )


def short_name(row: Pass) -> str:
    """Return the name of a pass without its package: ``FlattenBuffer`` of ``tir.FlattenBuffer``."""
    return row.name.rpartition(".")[2]


def _runs(rows: Sequence[Pass], name: str) -> tuple[int, ...]:
    return tuple(row.number for row in rows if short_name(row) == name)


class TextPair(Plain, frozen=True):
    """The lines in which two texts of one part and form differ, the older one before."""

    title: str
    """Of the newer one."""
    part: str
    form: str
    lines: tuple[DiffLine, ...]


def compared_texts(older: Source, newer: Source) -> tuple[TextPair, ...]:
    """Compare the texts of two sources from their first line that a node wrote.

    What stands above it is the same for every program, and has much that one generation alone
    writes.
    """
    return tuple(
        TextPair(title=new.title, part=new.part, form=new.form, lines=tuple(_compared(old, new)))
        for old, new in paired_texts(older, newer)
    )


def paired_texts(older: Source, newer: Source) -> Iterator[tuple[Emission, Emission]]:
    """Yield the texts of two sources that are of the same part and form."""
    of_older = {(emission.part, emission.form): emission for emission in older.emissions}
    for emission in newer.emissions:
        if (emission.part, emission.form) in of_older:
            yield of_older[emission.part, emission.form], emission


def _compared(older: Emission, newer: Emission) -> Iterator[DiffLine]:
    (before, old), (after, new) = map(from_first_mark, (older, newer))
    for row in diff_texts(old, new):
        yield msgspec.structs.replace(
            row,
            before_line=row.before_line and row.before_line + before,
            after_line=row.after_line and row.after_line + after,
        )


class TextTies:
    """The nodes of one engine's input tree as nodes of another's.

    Parameters
    ----------
    theirs
        The input tree of the engine whose nodes are to be tied.
    ours
        The input tree in which they are looked for, made of the same text.
    """

    def __init__(self, theirs: Tree, ours: Tree) -> None:
        self._theirs = theirs
        self._spans = inherited_spans(theirs)
        self._placed = [(span, node) for node in ours.nodes if (span := own_span(node)) is not None]
        self._by_span: dict[Span, list[Node]] = {}
        for span, node in self._placed:
            self._by_span.setdefault(span, []).append(node)
        self._around: dict[Span, Node | None] = {}

    def tie(self, node: int) -> tuple[int, Certainty] | None:
        """Return the node of our tree for one of theirs, and how sure that is.

        It is exact where both have the very place; else it is the innermost node of ours around
        the place, or around that of the node above. None where nothing of the text is behind it.
        """
        span = self._spans.get(node)
        if span is None:
            return None
        theirs = self._theirs.nodes[node]
        if same := self._by_span.get(span):
            alike = [ours for ours in same if ours.title == theirs.title]
            kind = [ours for ours in same if ours.kind == theirs.kind]
            found = (alike or kind or same)[0]
            return found.id, "exact" if own_span(theirs) is not None else "inherited"
        if span not in self._around:
            around = [
                (outer.end - outer.start, -ours.id, ours)
                for outer, ours in self._placed
                if outer.start <= span.start and span.end <= outer.end
            ]
            self._around[span] = min(around)[2] if around else None
        outer_node = self._around[span]
        return None if outer_node is None else (outer_node.id, "inherited")

    def origins(self, origins: Origins) -> Origins:
        """Return origins whose input nodes are ours; places in the text stay as they are."""
        nodes = []
        for origin in origins.nodes:
            tied = None if origin.input_node is None else self.tie(origin.input_node)
            certainty = origin.certainty
            if certainty == "exact" and (tied is None or tied[1] != "exact"):
                certainty = "inherited"
            found = None if tied is None else tied[0]
            nodes.append(msgspec.structs.replace(origin, input_node=found, certainty=certainty))
        return msgspec.structs.replace(origins, nodes=tuple(nodes))

    def links(self, links: Links) -> Links:
        """Return the links from their input tree as links from ours."""
        tied = []
        for link in links.links:
            if (found := self.tie(link.before)) is not None:
                sure = found[1] == "exact" and link.certainty == "exact"
                certainty: Certainty = "exact" if sure else "inherited"
                tied.append(Link(before=found[0], after=link.after, certainty=certainty))
        return msgspec.structs.replace(links, links=tuple(tied))
