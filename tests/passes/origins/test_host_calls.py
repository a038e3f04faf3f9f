"""What a host does for the user's code: calls, launches and memory are tied to what they are for."""

from collections import Counter

import pytest

from tests.support.followed import Followed, followed, text_of
from viz.frontend import program
from viz.ir.parse import parse


def test_the_launch_of_a_kernel_is_tied_to_what_the_kernel_computes():
    text = (
        "@T.prim_func\n"
        "def main(A: T.Buffer((64,), 'float32'), B: T.Buffer((64,), 'float32')):\n"
        "    for i in T.thread_binding(64, 'threadIdx.x'):\n"
        "        B[i] = A[i]\n"
        "    for j in T.thread_binding(64, 'threadIdx.x'):\n"
        "        B[j] = B[j] * 2.0\n"
    )
    build = Followed(parse(program.read(text)), "cuda")
    said = {}
    for statement in build.tree.nodes:
        call = next((build.nodes[child.id] for child in statement.children), None)
        if call is not None and call.label == "tvm_call_packed_lowered":
            kernel = build.nodes[call.children[0].id].label
            span = build.origins[call.id].span
            said[kernel] = span and text[span.start : span.end].partition(" in ")[0]
    assert said == {
        "'__tvm_set_device'": None,
        "'main_kernel'": "for i",
        "'main_kernel_1'": "for j",
    }
    # What it is given is still itself.
    given = {
        (node.label, text[origin.span.start : origin.span.end])
        for node, origin in build
        if node.type_key == "ir.Var" and origin.span and "tvm_struct_set" in above(build, node)
    }
    assert ("A", "A: T.Buffer((64,), 'float32')") in given
    assert ("B", "B: T.Buffer((64,), 'float32')") in given


@pytest.mark.parametrize(
    ("body", "settings"),
    [
        # A pointer takes a branch of two cases and two more, a number three, the end of them three.
        ("T.evaluate({})", {"T.call_packed('my.f', T.address_of(A[0]), 8)": 4 + 3 + 3}),
        ("T.evaluate({0})\n    T.evaluate({0})", {"T.call_packed('my.f', 2)": 12}),
        ("if {} == 0:\n        A[2] = 1", {"T.call_packed('my.i', A.data)": 4 + 3}),
        ("A[0] = {} + 3", {"T.call_packed('my.f', 1)": 3 + 3}),
        ("for i in range({}):\n        A[i] = 2", {"T.call_packed('my.l', 7)": 3 + 3}),
        ("if T.isnullptr(A.data):\n        A[1] = {}", {"T.call_packed('my.f', 5)": 3 + 3}),
        ("A[0] = {}", {"T.call_packed('main', 1)": 3 + 3}),
        # What a call inside another is given belongs to the outer one: it stands there, too.
        ("T.evaluate({})", {"T.call_packed('my.g', 3, T.call_packed('my.h', 2))": 15}),
    ],
)
def test_what_sets_the_arguments_of_a_call_is_tied_to_the_users_call(body, settings):
    text = f"@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n    {body.format(*settings)}\n"
    build = Followed(parse(program.read(text)), "c")
    said = Counter(
        text[origin.span.start : origin.span.end]
        for node, origin in build
        if node.type_key == "tirx.Evaluate"
        and build.nodes[node.children[0].id].label == "tvm_struct_set"
        and origin.span
    )
    assert said == settings


def test_a_call_without_arguments_has_none_to_tie():
    text = (
        "@T.prim_func\n"
        "def main(A: T.Buffer((8,), 'int32')):\n"
        "    T.evaluate(T.call_packed_lowered('f'))\n"
        "    A[0] = 1\n"
    )
    assert len(Followed(parse(program.read(text)), "c").origins) > 100


def test_what_a_launch_is_tied_to_moves_nothing_else():
    text = (
        "@T.prim_func\n"
        "def main(B: T.Buffer((64,), 'float32')):\n"
        "    with T.launch_thread('blockIdx.x', 1):\n"
        "        t = T.launch_thread('threadIdx.x', 64)\n"
        "        S = T.alloc_buffer((64,), scope='shared')\n"
        "        B[t] = S[t]\n"
    )
    build = Followed(parse(program.read(text)), "cuda")
    launching = text[text.index("with") :].rstrip()
    said = {
        node.label.partition(" = ")[0]: text[origin.span.start : origin.span.end]
        for node, origin in build
        if origin.span and node.type_key in ("tirx.AttrStmt", "ir.Call")
    }
    assert said["thread_extent blockIdx.x"] == launching
    assert said["tvm_call_packed_lowered"] == launching


def test_branches_about_memory_are_tied_to_the_buffer():
    build = followed("collatz", "c")
    branches = [
        (node.label, text_of("collatz", origin))
        for node, origin in build
        if node.type_key == "tirx.IfThenElse" and build.made_by(origin) == "tirx.LowerTVMBuiltin"
    ]
    allocated = 'T.sblock_alloc_buffer((1,), "int32", scope="local")'
    assert sorted(said or "" for _, said in branches) == sorted(
        [f"{name} = {allocated}" for name in ("x", "count")] * 2
    )


def above(build, node):
    """Return the labels of what stands around a node."""
    found, at = [], build.occurrences[node.id].parent
    while at >= 0:
        found.append(build.nodes[at].label)
        at = build.occurrences[at].parent
    return found
