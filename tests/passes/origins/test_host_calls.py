"""Host calls: calls, launches and requests for memory are linked to what they are for."""

from collections import Counter

import pytest

from tests.support.traced import TracedBuild, text_of, traced
from viz.frontend import program
from viz.ir.parse import parse


def test_the_launch_of_a_kernel_is_linked_to_what_the_kernel_computes():
    text = (
        "@T.prim_func\n"
        "def main(A: T.Buffer((64,), 'float32'), B: T.Buffer((64,), 'float32')):\n"
        "    for i in T.thread_binding(64, 'threadIdx.x'):\n"
        "        B[i] = A[i]\n"
        "    for j in T.thread_binding(64, 'threadIdx.x'):\n"
        "        B[j] = B[j] * 2.0\n"
    )
    build = TracedBuild(parse(program.read(text)), "cuda")
    texts = {}
    for statement in build.tree.nodes:
        call = next((build.nodes[child.id] for child in statement.children), None)
        if call is not None and call.label == "tvm_call_packed_lowered":
            kernel = build.nodes[call.children[0].id].label
            span = build.origins[call.id].span
            texts[kernel] = span and text[span.start : span.end].partition(" in ")[0]
    assert texts == {
        "'__tvm_set_device'": None,
        "'main_kernel'": "for i",
        "'main_kernel_1'": "for j",
    }
    # Its arguments are still linked to themselves.
    arguments = {
        (node.label, text[origin.span.start : origin.span.end])
        for node, origin in build
        if node.type_key == "ir.Var" and origin.span and "tvm_struct_set" in above(build, node)
    }
    assert ("A", "A: T.Buffer((64,), 'float32')") in arguments
    assert ("B", "B: T.Buffer((64,), 'float32')") in arguments


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
def test_settings_of_arguments_are_linked_to_the_users_call(body, settings):
    text = f"@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n    {body.format(*settings)}\n"
    build = TracedBuild(parse(program.read(text)), "c")
    texts = Counter(
        text[origin.span.start : origin.span.end]
        for node, origin in build
        if node.type_key == "tirx.Evaluate"
        and build.nodes[node.children[0].id].label == "tvm_struct_set"
        and origin.span
    )
    assert texts == settings


def test_a_call_without_arguments_is_linked():
    text = (
        "@T.prim_func\n"
        "def main(A: T.Buffer((8,), 'int32')):\n"
        "    T.evaluate(T.call_packed_lowered('f'))\n"
        "    A[0] = 1\n"
    )
    assert len(TracedBuild(parse(program.read(text)), "c").origins) > 100


def test_what_a_launch_is_linked_to_moves_nothing_else():
    text = (
        "@T.prim_func\n"
        "def main(B: T.Buffer((64,), 'float32')):\n"
        "    with T.launch_thread('blockIdx.x', 1):\n"
        "        t = T.launch_thread('threadIdx.x', 64)\n"
        "        S = T.alloc_buffer((64,), scope='shared')\n"
        "        B[t] = S[t]\n"
    )
    build = TracedBuild(parse(program.read(text)), "cuda")
    launching = text[text.index("with") :].rstrip()
    texts = {
        node.label.partition(" = ")[0]: text[origin.span.start : origin.span.end]
        for node, origin in build
        if origin.span and node.type_key in ("tirx.AttrStmt", "ir.Call")
    }
    assert texts["thread_extent blockIdx.x"] == launching
    assert texts["tvm_call_packed_lowered"] == launching


def test_branches_about_memory_are_linked_to_the_buffer():
    build = traced("collatz", "c")
    branches = [
        (node.label, text_of("collatz", origin))
        for node, origin in build
        if node.type_key == "tirx.IfThenElse" and build.made_by(origin) == "tirx.LowerTVMBuiltin"
    ]
    allocated = 'T.sblock_alloc_buffer((1,), "int32", scope="local")'
    assert sorted(text or "" for _, text in branches) == sorted(
        [f"{name} = {allocated}" for name in ("x", "count")] * 2
    )


def above(build, node):
    """Return the labels of what stands around a node."""
    labels, at = [], build.occurrences[node.id].parent
    while at >= 0:
        labels.append(build.nodes[at].label)
        at = build.occurrences[at].parent
    return labels
