"""Links from a target's nodes to the user's: all that shows them has those of the engine."""

from functools import cache
from itertools import accumulate

import msgspec
import pytest
import tvm

import viz
from tests.support.builds import SOURCE_BUILDS, recorded
from tests.support.programs.examples import inspected, parsed
from viz.ir.walker import LEAVES, occurrences, walk
from viz.passes.origins.origins import origins
from viz.provenance.explain import explain
from viz.provenance.find import emitting_origins, find
from viz.render.web.data import origins_pack, report_pack, script_data
from viz.render.web.pictures import without_checks

MOST_EXPLAINED = 100
"""Nodes of an emission that are explained, evenly chosen: each answer reads the whole tree."""


@cache
def build(name, target):
    """Return the recording of a build, the nodes of its input and of its end."""
    recording = recorded(name, target)
    return recording, occurrences(recording.input), recording.final


@cache
def of_engine(name, target):
    """Return the input node of each final node, as the engine found it."""
    recording, _, final = build(name, target)
    return [origin.input_node for origin in origins(recording, final, parsed(name).user_span).nodes]


def unpacked(packed):
    """Return the input node by node of a pack, as the scripts read it."""
    nodes = accumulate(packed["origins"]["nodes"])
    links = packed["origins"]["inputNodes"]
    return {node: None if link < 0 else link for node, link in zip(nodes, links, strict=True)}


# ---------------------------------------------------------------- what shows links


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_the_page_has_the_links_of_the_engine(name, target):
    analysis, engine = inspected(name, target), of_engine(name, target)
    source, final = analysis.targets[target].source, analysis.targets[target].final
    packed = origins_pack(
        analysis.tree, analysis.targets[target].origins, source, analysis.text, final
    )
    links = unpacked(packed)
    assert links
    assert links == {node: engine[node] for node in links}
    marked = {mark.node for emission in source.emissions for mark in emission.marks}
    assert marked <= links.keys()


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_the_report_has_the_links_of_the_engine(name, target):
    (packed,) = msgspec.json.decode(script_data(report_pack(inspected(name, target))))["targets"]
    links = unpacked(packed)
    assert links
    assert links == {node: of_engine(name, target)[node] for node in links}


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_explain_has_the_links_of_the_engine(name, target):
    analysis, engine = inspected(name, target), of_engine(name, target)
    spans = {node.id: node.span for node in analysis.tree.nodes if node.span is not None}
    for emission in analysis.sources[target].emissions:
        owner = [-1] * len(emission.text)
        for mark in emission.marks:
            owner[mark.start : mark.end] = [mark.node] * (mark.end - mark.start)
        offsets = sorted({node: offset for offset, node in enumerate(owner) if node >= 0}.values())
        for offset in offsets[:: len(offsets) // MOST_EXPLAINED + 1]:
            explanation = explain(analysis, target, offset, emission.part, emission.form)
            assert explanation.node.id == owner[offset]
            assert explanation.input_node == engine[explanation.node.id]
            assert (explanation.input_node is None) == (explanation.span is None)
            if explanation.certainty == "exact":
                assert explanation.span == spans[explanation.input_node]


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_find_follows_the_links_of_the_engine(name, target):
    analysis, engine = inspected(name, target), of_engine(name, target)
    source, final = analysis.targets[target].source, analysis.targets[target].final
    emitting = emitting_origins(source, analysis.targets[target].origins.nodes, final)
    at = {}
    for origin in emitting:
        if origin.span is not None:
            at.setdefault(origin.span, set()).add(origin.input_node)
    inside = {
        span: {node for other in at if holds(span, other) for node in at[other]} for span in at
    }
    assert at
    for span, nodes in at.items():
        places = find(analysis, span)
        for place in places:
            assert place.input_node == engine[place.node]
            assert place.input_node in inside[span]
        for number, emission in enumerate(source.emissions):
            for mark in emission.marks:
                if engine[mark.node] in nodes:
                    assert any(
                        place.start <= mark.start and mark.end <= place.end
                        for place in places
                        if place.emission == number
                    )


def holds(outer, inner):
    return outer.start <= inner.start and inner.end <= outer.end


# ---------------------------------------------------------------- what a link is


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_a_link_is_an_id_of_the_input_tree(name, target):
    _, input_nodes, _ = build(name, target)
    nodes = walk(parsed(name).mod, "input", user_span=parsed(name).user_span).nodes
    assert nodes == inspected(name, target).tree.nodes
    fields = {child.id: child.field for node in nodes for child in node.children}
    assert [node.field for node in input_nodes[1:]] == [fields[node.id] for node in nodes[1:]]
    for link in of_engine(name, target):
        assert link is None or nodes[link].id == link


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_an_object_that_no_pass_touched_is_linked_to_itself(name, target):
    _, input_nodes, final = build(name, target)
    places = {}
    for node in input_nodes:
        if node.obj.__class__ not in LEAVES and isinstance(node.obj, tvm.ir.Expr | tvm.tirx.Stmt):
            places.setdefault(node.handle, []).append(node.id)
    for node, link in zip(final, of_engine(name, target), strict=True):
        if node.handle in places:
            assert link in places[node.handle]


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_all_that_is_linked_to_a_node_has_the_place_of_that_node(name, target):
    places = {}
    for origin in inspected(name, target).targets[target].origins.nodes:
        assert (origin.input_node is None) == (origin.certainty == "synthesised")
        assert places.setdefault(origin.input_node, origin.span) == origin.span


def test_a_parameter_is_linked_to_the_parameter():
    analysis = inspected("if_double", "c")
    tree, final, nodes = (
        analysis.tree.nodes,
        analysis.targets["c"].final.nodes,
        analysis.targets["c"].origins.nodes,
    )
    parameter = next(node.id for node in tree if node.path == "main.params[0]")
    assert tree[parameter].label == "x"
    declared = next(node for node in final if node.type_key == "tirx.DeclBuffer")
    named = next(child.id for child in declared.children if child.field == "buffer")
    assert (final[named].label, nodes[named].input_node) == ("x", parameter)
    assert nodes[declared.id].input_node == parameter
    module = [node for node in nodes[1:] if node.input_node == 0]
    assert module == []


def test_loops_of_one_line_are_told_apart():
    analysis = inspected("matmul", "c")
    tree, final, nodes = (
        analysis.tree.nodes,
        analysis.targets["c"].final.nodes,
        analysis.targets["c"].origins.nodes,
    )
    loops = [
        (node.label, tree[nodes[node.id].input_node].label)
        for node in final
        if node.type_key == "tirx.For"
    ]
    assert len(loops) == 3
    assert all(own == of_user for own, of_user in loops)


def test_a_module_without_a_text_is_linked_too():
    module = tvm.ir.load_json(tvm.ir.save_json(parsed("add_one").mod))
    analysis = viz.inspect(module, ["c"])
    with_text = inspected("add_one", "c")
    links = [origin.input_node for origin in analysis.targets["c"].origins.nodes]
    assert {origin.certainty for origin in analysis.targets["c"].origins.nodes} == {
        "synthesised",
        "lost",
    }
    stores = [n.id for n in analysis.targets["c"].final.nodes if n.type_key == "tirx.BufferStore"]
    assert [analysis.tree.nodes[links[store]].type_key for store in stores] == ["tirx.BufferStore"]
    # What no text tells apart, such as two uses of a buffer, may be another use.
    same = sum(
        a.input_node == b for a, b in zip(with_text.targets["c"].origins.nodes, links, strict=True)
    )
    assert same >= 0.9 * len(links)
    shown, _ = without_checks(analysis.targets["c"].final, analysis.targets["c"].origins)
    assert "tirx.BufferStore" in {node.type_key for node in shown.walk()}


@pytest.mark.parametrize(
    ("name", "target", "label", "above", "linked", "text"),
    [
        # An index that FlattenBuffer made of several still has the names that the user gave.
        ("kv_cache_append", "cuda", "position", "prim.Mul", "ir.Var", "position"),
        ("prefix_sum", "c", "j", "prim.Add", "ir.Var", "j"),
        # The user wrote x[0] > 1, which became 1 < x[0].
        ("collatz", "c", "1", "prim.LT", "ir.IntImm", "1"),
    ],
)
def test_a_name_in_an_index_is_linked_to_that_name(name, target, label, above, linked, text):
    analysis = inspected(name, target)
    final, origin = analysis.targets[target].final.nodes, analysis.targets[target].origins.nodes
    parents = {child.id: node for node in final for child in node.children}
    nodes = [
        node.id
        for node in final
        if node.label == label and node.id in parents and parents[node.id].type_key == above
        if origin[node.id].span is not None
    ]
    assert nodes
    for node in nodes:
        assert analysis.tree.nodes[origin[node].input_node].type_key == linked
        assert analysis.text[origin[node].span.start : origin[node].span.end] == text
