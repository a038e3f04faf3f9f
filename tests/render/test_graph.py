"""Pictures of Trees: folding, layout, drawing; names with markup stay text."""

import random
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest

from viz.errors import RequestError, WorkerError
from viz.model import Child, Kind, Node, Tree, catalog
from viz.render import graph, graphviz_pool
from viz.render.captions import BOLD, captions, cut, text_points
from viz.render.folding import MOST, Shown, View, fold
from viz.render.graphviz_layout import read_layout
from viz.render.palette import PALETTES
from viz.render.svg import colour_class

SVG = "{http://www.w3.org/2000/svg}"

TYPES: list[tuple[Kind, str]] = [
    ("stmt", "tirx.For"),
    ("stmt", "tirx.SeqStmt"),
    ("expr", "prim.Add"),
    ("expr", "prim.Select"),
    ("expr", "ir.Var"),
    ("type", "ir.PrimType"),
    ("other", "tirx.IterVar"),
    ("expr", "nobody.KnowsThis"),
]
FIELDS = ["body", "loop_var", "extent", "a", "seq[0]", "annotations[0]"]
HOSTILE = [
    "plain",
    "",
    "  ",
    '"quoted" <b>bold</b> &amp; &',
    "</text></svg><script>alert(1)</script>",
    '<IMG SRC="/etc/passwd"/>',
    '"]; n0 -> n1 [label="',
    "back\\slash \\n \\N \\",
    "line\nbreak\r\ttab\0null\x1b[31m",
    "变量🙂é\u202e\u2028\ud800\ufffe",
    "<",
    "]]>--><!-- ",
    "x" * 500,
]


def random_tree(seed: int, size: int, texts: list[str] = HOSTILE) -> Tree:
    """Return a tree in pre-order whose every text is drawn from ``texts``."""
    rng = random.Random(seed)
    rows: list[tuple[int, list[Child]]] = [(0, [])]
    open_nodes = [0]
    for id_ in range(1, size):
        # Keeping a prefix of the path to the last node keeps the ids in pre-order.
        del open_nodes[rng.randint(max(1, len(open_nodes) - 3), len(open_nodes)) :]
        rows[open_nodes[-1]][1].append(Child(field=rng.choice([*FIELDS, *texts]), id=id_))
        rows.append((id_, []))
        open_nodes.append(id_)

    def node(id_: int, children: list[Child]) -> Node:
        kind, type_key = rng.choice(TYPES)
        title, label, dtype, name, value = rng.choices(texts, k=5)
        return Node(
            id=id_,
            path=f"main.{name}.{id_}",
            kind=kind,
            type_key=type_key,
            title=title,
            label=label,
            dtype=dtype,
            fields={name: value},
            children=tuple(children),
        )

    return Tree(stage=rng.choice(texts), nodes=tuple(node(*row) for row in rows))


def chain(size: int) -> Tree:
    """Return a tree of one statement below the other."""
    return Tree(
        stage="input",
        nodes=tuple(
            Node(
                id=id_,
                path=f"main{'.body' * id_}",
                kind="stmt",
                type_key="tirx.While",
                title="While",
                children=(Child(field="body", id=id_ + 1),) if id_ + 1 < size else (),
            )
            for id_ in range(size)
        ),
    )


@pytest.fixture(scope="module")
def add_one() -> Tree:
    """Return ``for i in range(8): B[i] = A[i] + 1.0`` with one type."""
    rows: list[tuple[Kind, str, str, str, str, list[tuple[str, int]]]] = [
        ("func", "tirx.PrimFunc", "PrimFunc", "main", "", [("params[0]", 1), ("body", 2)]),
        ("expr", "ir.Var", "Var", "A", "handle", []),
        ("stmt", "tirx.For", "For", "for i in range(8)", "", [("loop_var", 3), ("body", 4)]),
        ("expr", "ir.Var", "Var", "i", "int32", []),
        ("stmt", "tirx.BufferStore", "BufferStore", "B[i]", "", [("value", 5), ("indices[0]", 10)]),
        ("expr", "prim.Add", "Add", "+", "float32", [("a", 6), ("b", 8), ("ty", 9)]),
        ("expr", "ir.TensorLoad", "TensorLoad", "A[i]", "float32", [("indices[0]", 7)]),
        ("expr", "ir.Var", "Var", "i", "int32", []),
        ("expr", "ir.FloatImm", "FloatImm", "1.0", "float32", []),
        ("type", "ir.PrimType", "PrimType", "float32", "", []),
        ("expr", "ir.Var", "Var", "i", "int32", []),
    ]
    return Tree(
        stage="input",
        nodes=tuple(
            Node(
                id=id_,
                path=f"main.{id_}",
                kind=kind,
                type_key=type_key,
                title=title,
                label=label,
                dtype=dtype,
                children=tuple(Child(field=field, id=child) for field, child in children),
            )
            for id_, (kind, type_key, title, label, dtype, children) in enumerate(rows)
        ),
    )


# ---------------------------------------------------------------- folding


@pytest.mark.parametrize("seed", range(40))
def test_shown_and_hidden_nodes_add_up(seed: int) -> None:
    rng = random.Random(seed)
    tree = random_tree(seed, rng.randint(1, 400))
    ids = range(len(tree.nodes))
    view = View(
        root=rng.choice(ids),
        depth=rng.choice([None, 0, 1, 5]),
        unfolded=tuple(rng.choices(range(-1, 500), k=rng.randint(0, 30))),
        folded=tuple(rng.choices(range(-1, 500), k=rng.randint(0, 5))),
        types=rng.random() < 0.5,
        limit=rng.choice([0, 1, 7, 150, 10**6]),
    )
    shown = fold(tree, view)
    below = [node.id for node in tree.walk(view.root)]
    assert len(shown.nodes) + sum(shown.hidden.values()) == len(below)
    assert shown.cut <= shown.hidden.keys() <= set(shown.nodes)
    assert list(shown.nodes) == [id_ for id_ in below if id_ in set(shown.nodes)]
    # A tree: each shown node but the root is the child of exactly one shown node.
    reached = [child.id for children in shown.children.values() for child in children]
    assert sorted([view.root, *reached]) == sorted(shown.nodes)
    if not view.unfolded:
        assert len(shown.nodes) <= max(1, view.limit)


def test_types_and_the_catalogs_fields_are_folded_until_asked_for(add_one: Tree) -> None:
    def hidden(view: View) -> set[int]:
        return set(range(11)) - set(fold(add_one, view).nodes)

    assert "loop_var" in catalog.nodes()["tirx.For"].fold
    assert hidden(View()) == {1, 3, 9}
    assert hidden(View(types=True)) == set()
    assert hidden(View(unfolded=(2,))) == {1, 9}
    assert hidden(View(unfolded=(5, 0), folded=(2, 0))) == set(range(1, 11))
    assert fold(add_one, View()).cut == frozenset()
    assert fold(add_one, View(depth=2)).cut == {4}


def test_deepest_levels_go_first_and_unfolding_takes_nothing_away() -> None:
    tree = random_tree(3, 1500, ["x"])
    short = fold(tree, View(types=True, limit=60))
    depth = _depths(tree)
    deepest = max(depth[id_] for id_ in short.nodes)
    assert len(short.nodes) == 60
    assert {id_ for id_ in depth if depth[id_] < deepest} <= set(short.nodes)
    first = next(iter(short.cut))
    more = fold(tree, View(types=True, limit=60, unfolded=(first,)))
    assert set(short.nodes) < set(more.nodes)
    assert {child.id for child in tree.nodes[first].children} <= set(more.nodes)
    everything = View(types=True, limit=10**6, unfolded=tuple(range(5000)))
    assert len(fold(random_tree(4, 5000, ["x"]), everything).nodes) == MOST


def _depths(tree: Tree) -> dict[int, int]:
    depths = {0: 0}
    for node in tree.nodes:
        depths |= {child.id: depths[node.id] + 1 for child in node.children}
    return depths


def test_a_root_that_is_not_there_is_refused(add_one: Tree) -> None:
    for tree, root in ((add_one, 11), (add_one, -1), (Tree(stage="input"), 0)):
        with pytest.raises(RequestError, match="no node"):
            fold(tree, View(root=root))


# ---------------------------------------------------------------- words and colours


def test_captions_say_a_dtype_where_it_teaches(add_one: Tree) -> None:
    labels = captions(add_one, fold(add_one, View(types=True)))
    assert {id_: caption.dtype for id_, caption in labels.items() if caption.dtype} == {
        1: "handle",  # made here
        3: "int32",  # made here
        5: "float32",  # below a statement; the load below it has the same
    }
    assert labels[0].title == "PrimFunc"
    assert captions(add_one, fold(add_one, View(folded=(4,))))[4].badge == "+6"


def test_texts_are_cut_and_control_characters_seen() -> None:
    assert cut("a\nb\x1b\x7f\u202e\u3000c") == "a␊b␛\ufffd\ufffd c"
    assert cut("x" * 41) == "x" * 39 + "…"
    assert all(cut(text).isprintable() for text in HOSTILE)
    # Arial's own widths, as Chromium measures them.
    assert text_points("SBlockRealize", 12, BOLD) == pytest.approx(82.0, abs=0.1)
    assert text_points("变量", 12) == 24


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_are_readable_on_every_box(theme: str) -> None:
    palette = PALETTES[theme]  # type: ignore[index]
    assert palette.paints.keys() == PALETTES["light"].paints.keys()
    assert {row.colour for row in catalog.nodes().values()} <= palette.paints.keys()
    for fill in [palette.ground, *(paint.fill for paint in palette.paints.values())]:
        assert _contrast(palette.ink, fill) >= 7
        assert _contrast(palette.soft, fill) >= 4.5


def _contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio of two ``#rrggbb`` colours."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_an_expression_never_looks_like_a_statement() -> None:
    assert catalog.nodes()["tirx.For"].colour == "loop"
    expression = Node(id=0, path="", kind="expr", type_key="tirx.For", title="For")
    assert colour_class(expression) == "operator"


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("seed", range(6))
def test_hostile_names_stay_text_in_every_picture(seed: int) -> None:
    tree = random_tree(seed, 60)
    view = View(types=True, folded=(30,))
    shown = fold(tree, view)
    text = graph.dot(tree, view)
    placed = graph.layout(text)  # Graphviz reads the DOT
    assert text == graph.dot(tree, view)
    assert {box.id for box in placed.boxes} == set(shown.nodes)
    edges = {
        (parent, child.id): cut(child.field)
        for parent, children in shown.children.items()
        for child in children
    }
    assert {(curve.tail, curve.head): curve.label for curve in placed.curves} == edges

    root = ElementTree.fromstring(graph.svg(tree, view, placed, "auto"))
    _check_svg(root, tree, shown)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "style", "g", "rect", "path", "text", "tspan", "title")
    }
    terminal = graph.text_tree(tree, view)
    assert all(line.isprintable() for line in terminal.splitlines())


def _check_svg(root: ElementTree.Element, tree: Tree, shown: Shown) -> None:
    drawn = [element for element in root.iter(f"{SVG}g") if "data-node" in element.attrib]
    assert [element.get("id") for element in drawn] == [f"n{id_}" for id_ in shown.nodes]
    labels = captions(tree, shown)
    for element, id_ in zip(drawn, shown.nodes, strict=True):
        caption = labels[id_]
        words = (caption.title, caption.label, caption.dtype)
        text = element.find(f"{SVG}text")
        assert text is not None
        assert "".join(text.itertext()) == " ".join([words[0], *filter(None, words[1:])])
        assert element.get("data-hidden") == str(shown.hidden.get(id_, 0))
        assert (element.find(f"{SVG}g[@class='badge']") is not None) == (id_ in shown.cut)
    assert len(root.findall(f".//{SVG}path[@class='edge']")) == len(shown.nodes) - 1


def test_words_fit_their_boxes_and_boxes_the_picture(add_one: Tree) -> None:
    view = View(types=True)
    placed = graph.layout(graph.dot(add_one, view))
    labels = captions(add_one, fold(add_one, view))
    for box in placed.boxes:
        assert box.w >= labels[box.id].width - 0.1
        assert box.x >= -0.1
        assert box.y >= -0.1
        assert box.x + box.w <= placed.width + 0.1
        assert box.y + box.h <= placed.height + 0.1


@pytest.mark.parametrize("seed", range(3))
def test_children_stand_right_of_their_parent_in_the_order_of_its_fields(seed: int) -> None:
    tree = random_tree(seed, 80, ["x"])
    at = {box.id: box for box in graph.layout(graph.dot(tree, View(types=True))).boxes}
    for node in tree.nodes:
        tops = [at[child.id].y for child in node.children]
        assert tops == sorted(tops)
        assert all(at[child.id].x > at[node.id].x for child in node.children)


def test_layout_is_read_with_y_downwards() -> None:
    placed = read_layout(
        b'{"bb": "0,0,200,100", "objects": ['
        b'{"name": "n3", "pos": "36,90", "width": "1", "height": "0.25"},'
        b'{"name": "n7", "pos": "150,50", "width": "1", "height": "0.25"}],'
        b'"edges": [{"tail": 0, "head": 1, "label": "a&lt;b", "lp": "90,80",'
        b'"pos": "e,114,50 72,90 80,90 90,50 110,50"}]}'
    )
    first, second = placed.boxes
    assert (first.id, first.x, first.y, first.w, first.h) == (3, 0, 1, 72, 18)
    assert second.y == 41
    (curve,) = placed.curves
    assert (curve.tail, curve.head, curve.label) == (3, 7, "a<b")
    assert curve.points == ((72, 10), (80, 10), (90, 50), (110, 50))
    assert (curve.label_x, curve.label_y) == (90, 20)


def test_a_layout_that_takes_too_long_is_killed() -> None:
    rng = random.Random(0)
    nodes = range(900)
    dense = "".join(f"n{rng.choice(nodes)} -> n{rng.choice(nodes)};" for _ in range(9000))
    started = time.monotonic()
    with pytest.raises(WorkerError, match=r"longer than 0\.4 s") as caught:
        graph.layout(f"digraph {{{dense}}}", timeout=0.4)
    assert time.monotonic() - started < 3
    assert "fewer levels" in caught.value.hint


def test_a_process_that_was_killed_is_replaced() -> None:
    for _ in range(2):
        assert len(graph.layout("digraph { n1 -> n2 }").boxes) == 2
        for waiting in graphviz_pool._IDLE:
            waiting._process.kill()
            waiting._process.wait()


def test_a_large_tree_keeps_the_names_of_its_fields() -> None:
    tree = chain(graph.LARGE_TREE + 10)
    labels = {curve.label for curve in graph.arrange(tree, View(limit=MOST)).curves}
    assert labels == {child.field for node in tree.nodes for child in node.children}


def test_what_graphviz_cannot_read_is_an_error() -> None:
    with pytest.raises(WorkerError, match="could not draw"):
        graph.layout("digraph {")


def test_render_gives_files(add_one: Tree) -> None:
    assert graph.render(add_one, format="png", theme="dark").startswith(b"\x89PNG")
    assert graph.render(add_one, format="pdf").startswith(b"%PDF")
    assert graph.render(add_one, format="dot") == graph.dot(add_one).encode()
    once, again = (graph.render(add_one, theme="auto") for _ in range(2))
    assert once == again
    assert b"prefers-color-scheme" in once
    assert b"prefers-color-scheme" not in graph.render(add_one, theme="dark")


def test_text_tree(add_one: Tree) -> None:
    assert graph.text_tree(add_one, View(unfolded=(0,), folded=(5,))) == (
        "PrimFunc main\n"
        "├─ params[0]: Var A  handle\n"
        "└─ body: For i in range(8)\n"
        "   └─ body: BufferStore B[i]\n"
        "      ├─ value: Add +  float32\n"
        "      │  └─ … 4 more\n"
        "      └─ indices[0]: Var i"
    )


def test_deep_trees_are_no_problem() -> None:
    tree = chain(5000)
    view = View(limit=MOST)
    assert len(graph.text_tree(tree, view).splitlines()) == MOST + 1
    assert "n1999" in graph.dot(tree, view)
    assert fold(tree, view).hidden == {MOST - 1: 5000 - MOST}


def test_graph_imports_neither_tvm_nor_streamlit() -> None:
    code = "import sys, viz.render.graph; print({'tvm', 'streamlit', 'pygraphviz'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
