"""Pairs of nodes of two stages, and the changes between them."""

import msgspec
import pytest
import tvm

from tests.support.programs.examples import parsed
from tests.support.traced import traced
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.ir.walker import walk_objects
from viz.passes.stage_diff import changes, pairs


def walked(text):
    return walk_objects(parse(read(text)).mod)


def described(before, after):
    """Return the changes as kinds and labels."""
    rows = []
    for change in changes(before, after):
        old_node = "" if change.before is None else _name(before[change.before][0])
        new_node = "" if change.after is None else _name(after[change.after][0])
        rows.append((change.kind, old_node, new_node))
    return rows


def _name(node):
    return f"{node.title} {node.label}".rstrip()


PROGRAM = """
@T.prim_func
def main(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32")):
    for i in range(8):
        A[i] = B[i] * 2
        B[i] = 7
"""


def test_a_module_is_paired_with_itself():
    nodes = walked(PROGRAM)
    assert pairs(nodes, nodes) == [(i, i, "exact") for i in range(len(nodes))]
    assert changes(nodes, nodes) == ()


def test_a_copy_is_paired_by_place_alone():
    nodes = walk_objects(parsed("softmax").mod)
    copy = walk_objects(tvm.ir.load_json(tvm.ir.save_json(parsed("softmax").mod)))
    assert [(old_node, new_node) for old_node, new_node, _ in pairs(nodes, copy)] == [
        (i, i) for i in range(len(copy))
    ]
    assert changes(nodes, copy) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("* 2", "* 3", [("changed", "IntImm 2", "IntImm 3")]),
        ("* 2", "+ 2", [("added", "", "Add +"), ("removed", "Mul *", "")]),
        (
            "        B[i] = 7\n",
            "        B[i] = 7\n        A[i] = 1\n",
            [("added", "", "BufferStore A[i] = …")],
        ),
        ("        B[i] = 7\n", "        B[i] = 7\n" * 2, [("added", "", "BufferStore B[i] = …")]),
        (
            "        B[i] = 7\n",
            "        if i < 3:\n            B[i] = 7\n",
            [
                ("added", "", "IfThenElse if i < 3"),
                ("moved", "BufferStore B[i] = …", "BufferStore B[i] = …"),
            ],
        ),
        ("range(8)", "T.parallel(8)", [("changed", "For for i in range(8)",
                                        "For for i in T.parallel(8)")]),
    ],
)  # fmt: skip
def test_a_change_of_the_text_is_the_only_change(old, new, expected):
    assert old in PROGRAM
    assert described(walked(PROGRAM), walked(PROGRAM.replace(old, new))) == expected


def step(name, target, wanted):
    recording = traced(name, target).recording
    for stage_step, changed in zip(recording.steps, recording.changed, strict=True):
        if changed and stage_step.name == wanted:
            return walk_objects(stage_step.before), walk_objects(stage_step.after)
    raise AssertionError(wanted)


def test_changes_of_passes():
    assert described(*step("matmul", "c", "s_tir.LowerInitBlock")) == [
        ("added", "", "SeqStmt 2 statements"),
        ("added", "", "IfThenElse if vk == 0"),
        ("moved", "BufferStore C[vi, vj] = …", "BufferStore C[vi, vj] = …"),
    ]
    assert described(*step("matmul", "c", "s_tir.LowerOpaqueBlock")) == [
        ("moved", "For for i in range(128)", "For for i in range(128)"),
        ("moved", "SeqStmt 2 statements", "SeqStmt 2 statements"),
        ("removed", "SBlockRealize", ""),
        ("removed", 'SBlock "root"', ""),
        ("removed", "SBlockRealize", ""),
        ("removed", 'SBlock "C"', ""),
    ]
    # A SeqStmt in a SeqStmt was dissolved: what it listed stays where it was.
    assert described(*step("matmul", "c", "tirx.FP8StorageLegalize")) == [
        ("removed", "SeqStmt 21 statements", "")
    ]


def test_copies_of_an_unrolled_loop_share_a_partner():
    before, after = step("loop_kinds", "c", "tirx.UnrollLoop")
    paired = pairs(before, after)
    stores = [
        old_node
        for old_node, new_node, _ in paired
        if after[new_node][0].type_key == "tirx.BufferStore"
    ]
    assert len(stores) == 3
    assert len(set(stores)) == 1
    assert [new_node for _, new_node, _ in paired] == sorted(
        {new_node for _, new_node, _ in paired}
    )


@pytest.mark.parametrize("name", ["softmax", "transpose_shared"])
def test_a_loop_is_followed_through_all_passes_by_its_variable(name):
    recording = traced(name, "cuda").recording
    for stage_step, changed in zip(recording.steps, recording.changed, strict=True):
        if not changed:
            continue
        before, after = walk_objects(stage_step.before), walk_objects(stage_step.after)
        partner = {new_node: old_node for old_node, new_node, _ in pairs(before, after)}
        loops = {obj.loop_var: node.id for node, obj in before if node.type_key == "tirx.For"}
        for node, obj in after:
            if node.type_key == "tirx.For" and obj.loop_var in loops:
                earlier = before[partner[node.id]][1]
                assert earlier.loop_var.same_as(obj.loop_var)


def test_pairs_are_plain_data():
    nodes = walked(PROGRAM)
    assert msgspec.json.decode(msgspec.json.encode(changes([], nodes)))[0]["kind"] == "added"
