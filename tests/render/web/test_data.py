"""Data of linked panes: the lines that fold, the drawings, the places of linked nodes."""

from itertools import accumulate, pairwise

import pytest

import viz
from tests.support.builds import EVERY_BUILD
from tests.support.programs.examples import inspected
from tests.support.programs.thorough import VARIED, usually
from viz.render import graph
from viz.render.web.data import origins_pack, program_pack, utf16
from viz.render.web.folds import folds
from viz.render.web.pictures import without_checks
from viz.text import Text

POSSIBLE = [(name, target) for name, target in EVERY_BUILD if target in ("c", "cuda")]


def lines_of(emission, folded):
    lines = emission.text.split("\n")
    return lines[folded.first - 1 : folded.first - 1 + folded.lines]


@pytest.mark.parametrize("name", [name for name, target in POSSIBLE if target == "c"])
def test_argument_checks_fold_and_no_line_of_the_user(name):
    analysis = inspected(name)
    origins, final = analysis.targets["c"].origins, analysis.targets["c"].final
    (emission,) = analysis.sources["c"].emissions
    head, *checks = folds(emission, origins, final)
    assert head.what == "unwritten"
    assert "#include" in "\n".join(lines_of(emission, head))
    checks = [fold for fold in checks if fold.what == "checks"]
    folded = [line for fold in checks for line in lines_of(emission, fold)]
    raising = [line for line in folded if "SetRaised" in line]
    # Lines that check the result of the user's own call or allocation are not folded.
    assert len(raising) > 3 * len(analysis.overview.functions)
    assert len(raising) >= emission.text.count("SetRaised") - 2
    starts = [0]
    for line in emission.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for fold in checks:
        start, end = starts[fold.first - 1], starts[fold.first - 1 + fold.lines]
        for mark in emission.marks:
            if start <= mark.start and mark.end <= end:
                assert origins.maker(mark.node) == "tirx.MakePackedAPI"


@pytest.mark.parametrize("name", ["add_one", "matmul", "two_functions"])
@pytest.mark.parametrize("target", ["c", "cuda", "llvm"])
def test_declarations_boilerplate_and_checks_are_a_row_each_before_the_code(name, target):
    analysis = inspected(name, target)
    origins, final = analysis.targets[target].origins, analysis.targets[target].final
    for emission in analysis.sources[target].emissions:
        if not emission.marks:
            continue
        rows = folds(emission, origins, final)
        lines = emission.text.split("\n")
        assert all(a.first + a.lines <= b.first for a, b in pairwise(rows))
        hidden = {n for row in rows for n in range(row.first, row.first + row.lines)}
        shown = [line for n, line in enumerate(lines, 1) if n not in hidden and line.strip()]
        if emission.language in ("c", "cuda"):
            assert shown[0].endswith(") {"), shown[0]
            assert not any(line.endswith(");") and line[0] not in " }" for line in shown)
        else:
            assert len(shown) < len(lines) / 2


def test_no_line_of_the_users_code_is_folded_in_llvm():
    analysis = inspected("matmul", "llvm")
    origins, final = analysis.targets["llvm"].origins, analysis.targets["llvm"].final
    for emission in analysis.sources["llvm"].emissions:
        text = Text(emission.text)
        hidden = {
            n
            for row in folds(emission, origins, final)
            for n in range(row.first, row.first + row.lines)
        }
        own = [m for m in emission.marks if origins.maker(m.node) != "tirx.MakePackedAPI"]
        assert own
        for mark in own:
            assert text.position(mark.start).line not in hidden


def test_the_final_drawing_leaves_the_checks_out():
    analysis = inspected("matmul")
    shown, count = without_checks(analysis.targets["c"].final, analysis.targets["c"].origins)
    titles = [node.title for node in shown.walk()]
    assert count > 20
    assert "AssertStmt" not in titles
    assert titles.count("For") == 3
    assert [node.id for node in shown.nodes] == [
        node.id for node in analysis.targets["c"].final.nodes
    ]


@pytest.mark.parametrize(("name", "target"), usually(POSSIBLE, VARIED))
def test_the_scripts_place_what_is_linked_where_its_origin_does(name, target):
    analysis = inspected(name, target)
    parts = analysis.targets[target]
    origins, final = parts.origins, parts.final
    packed = origins_pack(analysis.tree, origins, parts.source, analysis.text, final)["origins"]
    above = {child.id: node.id for node in analysis.tree.nodes for child in node.children}
    program = program_pack(analysis.tree, analysis.text)["spans"]
    own = {program[i]: tuple(program[i + 1 : i + 3]) for i in range(0, len(program), 3)}
    units = utf16(analysis.text)
    for number, link in zip(accumulate(packed["nodes"]), packed["inputNodes"], strict=True):
        span = origins.nodes[number].span
        if link < 0:
            assert span is None
            continue
        place, at = packed["places"].get(link), link
        while place is None:  # as model.js does
            place, at = own.get(at), above.get(at)
        assert place == (units(span.start), units(span.end))


@pytest.mark.parametrize(("height", "direction"), [(600, "down"), (90, "right")])
def test_a_tree_opens_where_most_of_it_is_visible(height, direction):
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
    view, positions = graph.fit(tree, graph.WHOLE, 640, 640)
    assert view.direction == "down"
    stores = [box for box in positions.boxes if tree.nodes[box.id].type_key == "tirx.BufferStore"]
    root = positions.boxes[0]
    assert sum(abs(box.x - root.x) < 640 / 2 / graph.READABLE for box in stores) > 3
