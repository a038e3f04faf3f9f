"""Nodes of two trees are paired as a reader would, and the same whichever comes first."""

import msgspec
import pytest

import viz
from tests.support.programs.hand_made import tree_of
from tests.support.programs.thorough import usually
from viz.frontend.examples import examples
from viz.model import Analysis, NodePair, TreePairs, encode
from viz.provenance.compare.programs import compared
from viz.provenance.compare.texts import paired_lines
from viz.provenance.compare.tree_pairs import pair_trees, swapped

HEAD = """
@T.prim_func
def main(A: T.Buffer((16,), "float32"), B: T.Buffer((16,), "float32")):
"""


def program(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f"{HEAD.lstrip()}{lines}"


def sides(before: str, after: str, target: str = "python"):
    first, second = (viz.analyze(text, target) for text in (before, after))
    return compared(first, second, [(target, target)])


def told(comparison, *, kinds=("changed", "moved")):
    """Return the titles and labels of nodes that differ, without types and what stands in them."""
    old, new = comparison.before.tree.nodes, comparison.after.tree.nodes

    def name(node):
        return f"{node.title} {node.label}".strip()

    pairs = comparison.tree
    return (
        [
            (pair.kind, name(old[pair.before]), name(new[pair.after]))
            for pair in pairs.pairs
            if pair.kind in kinds
        ],
        [name(old[i]) for i in pairs.removed],
        [name(new[i]) for i in pairs.added],
    )


# ---------------------------------------------------------------- trees made by hand


def test_equal_subtrees_are_found_wherever_they_stand():
    """``x + y`` is the only such sum of either tree; a product is put around it."""
    before = tree_of(("Store", "", ("Add", "", ("Var", "x"), ("Var", "y"))))
    after = tree_of(
        ("Store", "", ("Mul", "", ("Add", "", ("Var", "x"), ("Var", "y")), ("Int", "2")))
    )
    # Ids are numbers in pre-order: before 0 Store, 1 Add, 2 x, 3 y; after 0 Store, 1 Mul, 2 Add …
    assert pair_trees(before, after) == TreePairs(
        pairs=(
            NodePair(0, 0, "kept"),
            NodePair(1, 2, "kept"),
            NodePair(2, 3, "kept"),
            NodePair(3, 4, "kept"),
        ),
        added=(1, 5),
    )


def test_of_two_statements_that_change_places_one_has_moved():
    before = tree_of(("Seq", "", ("Store", "a", ("Int", "1")), ("Store", "b", ("Int", "2"))))
    after = tree_of(("Seq", "", ("Store", "b", ("Int", "2")), ("Store", "a", ("Int", "1"))))
    pairs = pair_trees(before, after)
    assert {(pair.before, pair.after) for pair in pairs.pairs} == {
        (0, 0), (1, 3), (2, 4), (3, 1), (4, 2)
    }  # fmt: skip
    assert [pair.kind for pair in pairs.pairs].count("moved") == 1
    assert not pairs.removed
    assert not pairs.added


def test_a_place_tells_equal_nodes_apart():
    """Two stores of one number: the second one of the first tree is the first one of the second."""
    before = tree_of(("Seq", "", ("Store", "", ("Int", "1")), ("Store", "", ("Int", "1"))))
    after = tree_of(("Seq", "", ("Store", "", ("Int", "1"))))
    pairs = pair_trees(before, after, {1: "line 1", 3: "line 2"}, {1: "line 2"})
    assert {(pair.before, pair.after) for pair in pairs.pairs} == {(0, 0), (3, 1), (4, 2)}
    assert pairs.removed == (1, 2)


def test_thousands_of_equal_statements_are_paired_in_their_order():
    """Equal statements are not compared each with each: that would take minutes here."""
    store = ("Store", "", ("Add", "", ("Var", "x"), ("Var", "y")))
    before = tree_of(("Seq", "", *[store] * 4_000))
    after = tree_of(("Seq", "", ("Store", "z", ("Var", "z")), *[store] * 4_000))
    pairs = pair_trees(before, after)
    assert pairs.added == (1, 2)
    assert not pairs.removed
    assert {pair.kind for pair in pairs.pairs} == {"kept"}


# ---------------------------------------------------------------- programs


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            # One operator is another one in the same place, its operands are the same.
            "for i in range(16):\n    B[i] = A[i] + 3.0",
            "for i in range(16):\n    B[i] = A[i] * 3.0",
            ([("changed", "Add +", "Mul *")], [], []),
        ),
        (
            "for i in range(16):\n    B[i] = A[i] + 3.0",
            "for i in range(16):\n    B[i] = A[i] + 2.0",
            ([("changed", "FloatImm 3.0", "FloatImm 2.0")], [], []),
        ),
        (
            # A statement more: itself, its buffer, its value and its index.
            "for i in range(16):\n    B[i] = A[i]",
            "for i in range(16):\n    B[i] = A[i]\n    A[i] = 0.0",
            (
                [],
                [],
                ["SeqStmt 2 statements", "BufferStore A[i] = …", "Var A", "FloatImm 0.0", "Var i"],
            ),
        ),
        (
            # A condition around a statement that stays.
            "for i in range(16):\n    B[i] = A[i]",
            "for i in range(16):\n    if i < 3:\n        B[i] = A[i]",
            ([], [], ["IfThenElse if i < 3", "LT <", "Var i", "IntImm 3"]),
        ),
    ],
)
def test_what_differs_is_what_was_edited(before, after, expected):
    assert told(sides(program(before), program(after))) == expected


def test_a_comment_and_a_blank_line_change_no_node():
    before = program("for i in range(16):\n    B[i] = A[i]")
    comparison = sides(before, before.replace("    for", "    # every element\n\n    for"))
    assert comparison.tree.is_same
    assert comparison.is_same
    assert not comparison.is_same_text


# ---------------------------------------------------------------- what always holds


def assert_complete(pairs, old, new):
    """Each node is in exactly one class."""
    before = [*(pair.before for pair in pairs.pairs), *pairs.removed]
    after = [*(pair.after for pair in pairs.pairs), *pairs.added]
    assert sorted(before) == [*range(len(old.nodes))]
    assert sorted(after) == [*range(len(new.nodes))]


@pytest.mark.parametrize(
    ("first", "second", "targets"),
    [
        ("matmul", "batched_matmul_f16", ("c", "c")),
        ("softmax", "rms_norm", ("cuda", "cuda")),
        ("reduce_sum", "reduce_sum", ("c", "cuda")),
        ("if_double", "if_else", ("llvm", "python")),
        ("transpose_shared", "matmul_gpu", ("cuda", "webgpu")),
    ],
)
def test_each_node_is_in_one_class_and_sides_can_be_swapped(first, second, targets):
    before = viz.analyze(examples()[first].text, targets[0])
    after = viz.analyze(examples()[second].text, targets[1])
    there = compared(before, after, [targets])
    back = compared(after, before, [targets[::-1]])
    assert_complete(there.tree, before.tree, after.tree)
    finals = (before.targets[targets[0]].final, after.targets[targets[1]].final)
    assert_complete(there.targets[0].tree, *finals)
    assert back.tree == swapped(there.tree)
    assert back.targets[0].tree == swapped(there.targets[0].tree)
    assert not there.is_same
    assert [(row.before, row.after, row.removed, row.added) for row in there.lines] == [
        (row.after, row.before, row.added, row.removed)
        for row in paired_lines(after.text, before.text)
    ] or {row.kind for row in there.lines} > {"same"}
    assert sum(row.kind == "same" for row in there.lines) == sum(
        row.kind == "same" for row in back.lines
    )


USUAL = {"if_else", "softmax"}


@pytest.mark.parametrize("name", usually(examples(), USUAL))
def test_a_program_is_the_same_as_itself_for_every_target(name):
    text = examples()[name].text
    targets = ["c", "cuda", "llvm", "opencl", "metal", "webgpu", "python"]
    first = viz.analyze(text, targets)
    second = msgspec.json.decode(encode(first), type=Analysis)
    usable = [target for target in targets if target not in first.problems]
    assert usable
    comparison = compared(first, second, [(target, target) for target in usable])
    assert comparison.is_same
    assert comparison.is_same_text
    for target in comparison.targets:
        for text_pair in target.texts:
            assert text_pair.before == text_pair.after
            assert text_pair.lines
