"""Trees of the 2024 TVM: every node of an example is there, with its place in the user's text."""

from pathlib import Path

import pytest

from tests.support.legacy import require_legacy_tvm
from tests.support.legacy.programs import GPU_ONLY

require_legacy_tvm()

from tvm import tir  # noqa: E402

from viz.errors import ParseError  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.legacy.parse import parse  # noqa: E402
from viz.legacy.passes.recording import record  # noqa: E402
from viz.legacy.reflection import type_key  # noqa: E402
from viz.legacy.walker import occurrences, walk  # noqa: E402
from viz.model import Options, catalog  # noqa: E402

EXAMPLES = sorted(path.stem for path in Path("examples").glob("*.py"))
NOT_EXPRESSIBLE = {
    "tirx_blocks": "`T.device_entry` came after the TVM of 2024, which cannot express it",
    "tirx_warps": "`T.device_entry` came after the TVM of 2024, which cannot express it",
}
"""The examples that this generation cannot express, with the reason that users are told."""

IMPLICIT = ("Block", "For", "SeqStmt", "BlockRealize")
"""Statements that may have no words of their own: inner loops of a grid, the root block."""


def example(name):
    text = Path("examples", f"{name}.py").read_text(encoding="utf-8")
    return text, parse(read(text), gated=True)


def test_the_tree_of_add_one():
    text, parsed = example("add_one")
    tree = walk(parsed.mod, user_span=parsed.user_span)
    placed = {
        node.title: text[node.span.start : node.span.end].split("\n")[0]
        for node in tree.nodes
        if node.span is not None
    }
    assert placed == {
        "For": "for i in range(8):",
        "BlockRealize": 'with T.block("B"):',
        "BufferStore": "B[vi] = A[vi] + 1.0",
        "Add": "A[vi] + 1.0",
        "BufferLoad": "A[vi]",
        "FloatImm": "1.0",
    }
    assert [node.id for node in tree.walk()] == list(range(len(tree.nodes)))


@pytest.mark.parametrize("name", sorted(NOT_EXPRESSIBLE))
def test_what_cannot_be_expressed_is_refused_with_the_reason_at_its_place(name):
    with pytest.raises(ParseError) as caught:
        example(name)
    text = Path("examples", f"{name}.py").read_text(encoding="utf-8")
    span = caught.value.span
    assert str(caught.value.what) == NOT_EXPRESSIBLE[name]
    assert text[span.start : span.end] == "T.device_entry"


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in NOT_EXPRESSIBLE])
def test_no_node_that_tvm_visits_is_missing(name):
    _, parsed = example(name)
    walked = {each.handle for each in occurrences(parsed.mod)}
    visited = {
        handle
        for function in parsed.mod.functions.values()
        for handle in visited_by_tvm(function.body)
    }
    assert visited
    assert not visited - walked
    # Statements and expressions that the user wrote have their places.
    tree = walk(parsed.mod, user_span=parsed.user_span)
    regions = [f".{field}[" for field in ("reads", "writes")]
    unplaced = [
        node
        for node in tree.nodes
        if node.kind in ("stmt", "expr")
        and node.span is None
        and node.title not in (*IMPLICIT, "Var", "IntImm", "FloatImm")
        and not any(region in node.path for region in regions)
    ]
    assert not unplaced


ON_GPU = ("add_one", "gelu", "transpose_shared")
"""Examples whose stages for CUDA are looked at; the others take their time."""


@pytest.mark.parametrize(
    ("name", "target"),
    [
        *((name, "c") for name in EXAMPLES if name not in (*NOT_EXPRESSIBLE, *GPU_ONLY)),
        *((name, "cuda") for name in ON_GPU),
    ],
)
def test_no_node_is_missing_at_any_stage(name, target):
    recording = record(example(name)[1].mod, target, Options())
    known = set()
    for mod in [recording.input, *(step.after for step in recording.steps)]:
        for function in mod.functions.values():
            if function.handle.value in known or not isinstance(function, tir.PrimFunc):
                continue
            known.add(function.handle.value)
            visited = visited_by_tvm(function.body)
            walked = occurrences(function)
            assert not visited - {each.handle for each in walked}
            assert {type_key(each.obj) for each in walked} <= catalog.nodes().keys()
    assert len(known) > 1


def visited_by_tvm(body):
    handles = set()
    tir.stmt_functor.post_order_visit(body, lambda node: handles.add(node.handle.value))
    return handles
