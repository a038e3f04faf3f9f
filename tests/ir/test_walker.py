"""The walker compared with TVM's own: nothing missing, nothing extra; labels; golden trees."""

from collections import Counter

import pytest
import tvm

from tests.support.builds import recorded, refusal
from tests.support.programs import gpu_modules
from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.structural_walk import differences, visits_by_tvm
from viz.errors import LoweringError
from viz.frontend.program import read
from viz.ir.labels import type_key
from viz.ir.parse import parse
from viz.ir.reflection import ENUMERATIONS
from viz.ir.walker import walk, walk_objects
from viz.model import Tree
from viz.passes import pipeline
from viz.render.graph import text_tree

STAGES = ("input", "c", "cuda", "webgpu")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_missing_and_nothing_extra(name, stage):
    if stage != "input" and refusal(name, stage):
        with pytest.raises(LoweringError):
            pipeline.lower(parsed(name).mod, stage)
        return
    mod = parsed(name).mod
    if stage != "input":
        mod = pipeline.lower(mod, stage).final()
    assert differences(mod) == (set(), set())


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_occurrence_is_a_node(name):
    """Types are walked at their first occurrence; every other occurrence is a node."""
    mod = parsed(name).mod
    pairs = walk_objects(mod)
    walked = Counter(
        int(obj.__chandle__())
        for node, obj in pairs
        if ".ty." not in node.path and isinstance(obj, tvm.ir.Expr | tvm.tirx.Stmt)
    )
    visited = visits_by_tvm(mod)
    types = {int(obj.__chandle__()) for node, obj in pairs if ".ty." in node.path}
    for key, count in visited.items():
        if key not in types:
            assert walked[key] == count, type_key(
                next(o for _, o in pairs if int(o.__chandle__()) == key)
            )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_tree_is_a_tree(name):
    result = walk(parsed(name).mod)
    assert [node.id for node in result.nodes] == list(range(len(result.nodes)))
    assert len({node.path for node in result.nodes}) == len(result.nodes)
    assert [node.id for node in result.walk()] == [node.id for node in result.nodes]
    parents = Counter(child.id for node in result.nodes for child in node.children)
    assert set(parents.values()) <= {1}
    assert set(parents) == set(range(1, len(result.nodes)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_input_tree_as_text(name, golden):
    golden.check(f"ast/{name}.txt", text_tree(walk(parsed(name).mod)))


def test_labels():
    labels = {(node.title, node.label) for node in walk(parsed("add_one").mod).nodes}
    assert {
        ("For", "for i in range(8)"),
        ("BufferStore", "B[vi] = …"),
        ("Add", "+"),
        ("FloatImm", "1.0"),
        ("TensorLoad", "A[vi]"),
        ("Var", "vi"),
        ("SBlock", '"B"'),
        ("PrimFunc", "(A, B)"),
    } <= labels


def test_numbers_of_enumerations_are_told_by_name():
    nodes = walk(parsed("matmul_gpu").mod).nodes
    assert {node.fields["kind"] for node in nodes if node.title == "For"} == {
        "serial",
        "thread_binding",
    }
    assert {node.fields["iter_type"] for node in nodes if node.title == "IterVar"} >= {
        "spatial",
        "reduce",
    }
    kinds = {int(kind): kind.name.lower() for kind in tvm.tirx.stmt.ForKind}
    assert ENUMERATIONS["tirx.For", "kind"] == kinds
    assert ENUMERATIONS["tirx.IterVar", "iter_type"].keys() == {
        value for value in vars(tvm.tirx.IterVar).values() if isinstance(value, int)
    }


def test_deep_trees_do_not_exhaust_python():
    value = tvm.ir.Var("x", "int32")
    for _ in range(2000):
        value = value + tvm.ir.Var("y", "int32")
    function = tvm.tirx.PrimFunc([], tvm.tirx.Evaluate(value))
    assert len(walk(function).nodes) > 4000


def test_an_unknown_node_type_is_walked_like_any_other(monkeypatch):
    from viz.ir import reflection
    from viz.model import catalog

    rows = {key: row for key, row in catalog.nodes().items() if key != "tirx.For"}
    monkeypatch.setattr(catalog, "nodes", lambda: rows)
    reflection.shape.cache_clear()
    tree = walk(parsed("add_one").mod)
    loop = next(node for node in tree.nodes if node.type_key == "tirx.For")
    assert (loop.title, loop.kind) == ("For", "stmt")
    assert isinstance(tree, Tree)
    reflection.shape.cache_clear()


@pytest.mark.parametrize("text", [gpu_modules.CALLED_BY_NAME, gpu_modules.TIRX_OPERATORS])
def test_neither_types_of_functions_nor_operators_go_astray(text):
    """The type of a called function is no part of the call; an operator among arguments is."""
    assert differences(parse(read(text)).mod) == (set(), set())


@pytest.mark.parametrize(("name", "target"), [("softmax", "cuda"), ("dynamic_add", "c")])
def test_a_variable_s_nodes_name_its_first_and_a_buffer_s_type_is_found(name, target):
    for step in recorded(name, target).steps:
        nodes = walk_objects(step.after)
        first = {}
        for node, obj in nodes:
            if node.type_key != "ir.Var":
                assert node.variable is None
                continue
            known = first.setdefault(obj.__chandle__(), node.id)
            assert node.variable == (None if known == node.id else known)
            if known == node.id and "[" in node.dtype:
                [ty] = [child.id for child in node.children] or [node.type_node]
                assert nodes[ty][1].same_as(obj.ty)
