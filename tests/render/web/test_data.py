"""What linked panes are made of: which lines fold, and which nodes are the same thing."""

import pytest

import viz
from tests.codegen.test_emit import CANNOT
from tests.support.examples import EXAMPLES, inspected
from viz.provenance.explain import written
from viz.provenance.node_links import ties
from viz.render import graph
from viz.render.web.folds import folds
from viz.render.web.pictures import without_checks

POSSIBLE = [(n, t) for n in EXAMPLES for t in ("c", "cuda") if (n, t == "cuda") not in CANNOT]


def lines_of(emission, folded):
    lines = emission.text.split("\n")
    return lines[folded.first - 1 : folded.first - 1 + folded.lines]


@pytest.mark.parametrize("name", [name for name, target in POSSIBLE if target == "c"])
def test_argument_checks_fold_and_nothing_of_the_users_does(name):
    found = inspected(name)
    origins, final = found.targets["c"].origins, found.targets["c"].final
    (emission,) = found.sources["c"].emissions
    head, *checks = folds(emission, origins, final)
    assert head.what == "unwritten"
    assert "#include" in "\n".join(lines_of(emission, head))
    checks = [each for each in checks if each.what == "checks"]
    folded = [line for each in checks for line in lines_of(emission, each)]
    raising = [line for line in folded if "SetRaised" in line]
    # A function calls another, or allocates, and looks at what comes back: those lines stay.
    assert len(raising) > 3 * len(found.overview.functions)
    assert len(raising) >= emission.text.count("SetRaised") - 2
    starts = [0]
    for line in emission.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for each in checks:
        start, end = starts[each.first - 1], starts[each.first - 1 + each.lines]
        for mark in emission.marks:
            if start <= mark.start and mark.end <= end:
                assert origins.maker(mark.node) == "tirx.MakePackedAPI"


def test_the_final_drawing_leaves_the_checks_out():
    found = inspected("matmul")
    shown, count = without_checks(found.targets["c"].final, found.targets["c"].origins)
    titles = [node.title for node in shown.walk()]
    assert count > 20
    assert "AssertStmt" not in titles
    assert titles.count("For") == 3
    assert [node.id for node in shown.nodes] == [node.id for node in found.targets["c"].final.nodes]


@pytest.mark.parametrize(("name", "target"), POSSIBLE)
def test_ties_lead_to_the_place_of_the_origin(name, target):
    found = inspected(name, target)
    tree, final = found.tree, found.targets[target].final
    origins = written(found.sources[target], found.targets[target].origins.nodes, final)
    tied = ties(tree, origins, final)
    assert tied == {n: tied[n] for n in sorted(tied)}
    for origin in origins:
        if origin.span is None:
            assert origin.node not in tied
            continue
        node, tie = final.nodes[origin.node], tree.nodes[tied[origin.node]]
        if tie.kind in ("module", "func"):  # several of its statements
            assert tie.span is None
        elif tie.span is None:
            assert (tie.type_key, tie.label) == (node.type_key, node.label)
        else:
            assert tie.span.start <= origin.span.start
            assert origin.span.end <= tie.span.end
        if origin.certainty == "exact":
            assert tie.span == origin.span
            assert tie.type_key == node.type_key


def test_loops_of_one_line_are_told_apart():
    found = inspected("matmul")
    tree, final = found.tree, found.targets["c"].final
    tied = ties(tree, found.targets["c"].origins.nodes, final)
    loops = [(n.label, tree.nodes[tied[n.id]].label) for n in final.nodes if n.title == "For"]
    assert len(loops) == 3
    assert all(mine == users for mine, users in loops)


@pytest.mark.parametrize(("height", "direction"), [(600, "down"), (90, "right")])
def test_a_tree_opens_where_most_of_it_is_seen(height, direction):
    tree = inspected("add_one").tree
    view, _ = graph.fit(tree, graph.WHOLE, 500, height)
    assert view.direction == direction


def test_a_broad_tree_opens_on_more_than_the_way_to_its_first_branch():
    stores = "".join(f"        B[i] = A[i] + T.float32({k})\n" for k in range(300))
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((8,), 'float32'), B: T.Buffer((8,), 'float32')):\n"
        f"    for i in range(8):\n{stores}"
    )
    tree = viz.inspect(text, targets=[]).tree
    view, found = graph.fit(tree, graph.WHOLE, 450, 640)
    assert view.direction == "down"
    stores = [box for box in found.boxes if tree.nodes[box.id].type_key == "tirx.BufferStore"]
    root = found.boxes[0]
    assert sum(abs(box.x - root.x) < 450 / 2 / graph.READABLE for box in stores) > 3
