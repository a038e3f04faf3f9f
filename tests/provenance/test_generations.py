"""Two engines beside each other: nodes tied by the text, passes by name, texts from their first node."""

from viz.model import (
    Child,
    Emission,
    Link,
    Links,
    Mark,
    Node,
    Origin,
    Origins,
    Pass,
    Source,
    Tree,
)
from viz.provenance.generations import TextTies, compared_texts, paired_passes
from viz.text import Span

STORE, LOAD = Span(10, 30), Span(17, 21)


def node(number, title, span=None, children=(), kind="expr"):
    below = tuple(Child(field="a", id=child) for child in children)
    return Node(number, "", kind, f"x.{title}", title, "", "", {}, below, span)


THEIRS = Tree(
    stage="input",
    nodes=(
        node(0, "BufferStore", STORE, (1, 3), "stmt"),
        node(1, "BufferLoad", LOAD, (2,)),
        node(2, "Var"),
        node(3, "Cast", Span(24, 28)),
    ),
)
OURS = Tree(
    stage="input",
    nodes=(
        node(0, "Evaluate", STORE, (1,), "stmt"),
        node(1, "BufferStore", STORE, (2,), "stmt"),
        node(2, "TensorLoad", LOAD),
    ),
)


def test_a_node_is_tied_to_what_stands_at_its_place():
    ties = TextTies(THEIRS, OURS)
    # Of two at the place the one of its own type; without a place that of the node around it; a place
    # that nothing of ours has is inside of another one.
    assert [ties.tie(number) for number in range(4)] == [
        (1, "exact"),
        (2, "exact"),
        (2, "inherited"),
        (1, "inherited"),
    ]


def test_origins_and_links_name_our_nodes():
    ties = TextTies(THEIRS, OURS)
    origins = Origins(
        target="c",
        nodes=(
            Origin(0, 0, STORE, 0, "exact"),
            Origin(1, 2, LOAD, 3, "exact"),
            Origin(2, None, None, 5, "synthesised"),
        ),
    )
    tied = ties.origins(origins).nodes
    assert [(each.input_node, each.certainty) for each in tied] == [
        (1, "exact"),
        (2, "inherited"),
        (None, "synthesised"),
    ]
    assert [each.span for each in tied] == [STORE, LOAD, None]
    links = Links(
        before="input", after=4, target="c", links=(Link(1, 7, "exact"), Link(3, 9, "exact"))
    )
    assert ties.links(links).links == (Link(2, 7, "exact"), Link(1, 9, "inherited"))


def test_passes_are_paired_without_their_package():
    def rows(*names):
        return [
            Pass(number=number, name=name, part="all", changed=True, seconds=0.0)
            for number, name in enumerate(names, 1)
        ]

    pairs = paired_passes(
        rows("tir.Simplify", "tir.FlattenBuffer", "tir.Simplify"),
        rows("tirx.FlattenBuffer", "tirx.StmtSimplify"),
    )
    assert {pair.name: (pair.older, pair.newer) for pair in pairs} == {
        "Simplify": ((1, 3), ()),
        "FlattenBuffer": ((2,), (1,)),
        "StmtSimplify": ((), (2,)),
    }


def test_texts_are_compared_from_the_first_line_that_a_node_wrote():
    def source(text):
        start = text.index("void")
        emission = Emission(
            part="host", title="C", language="c", text=text, marks=(Mark(start, len(text), 0),)
        )
        return Source(target="c", emissions=(emission,))

    (pair,) = compared_texts(source("// 0.17\n#include\nvoid f(a)\n"), source("void f(b)\n"))
    changed, _ = pair.lines
    assert (changed.kind, changed.before, changed.after) == ("changed", "void f(a)", "void f(b)")
    assert (changed.before_line, changed.after_line) == (3, 1)
