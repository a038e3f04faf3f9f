"""``viz.compare``: sides of all kinds, and what both compute."""

import msgspec
import pytest

import viz
from tests.support.legacy import needs_second_engine
from viz.comparisons import target_pairs
from viz.emulator import library
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.model import ProgramComparison, Side, encode

ADD = examples()["vector_add"].text
NARROW = ADD.replace('"float32"', '"float16"').replace("4096", "64")


def test_a_comparison_goes_through_json_unchanged():
    comparison = viz.compare(ADD, ADD.replace("add", "sum"), run=True)
    assert msgspec.json.decode(encode(comparison), type=ProgramComparison) == comparison
    (run,) = comparison.runs
    assert [output.passed for output in run.outputs] == [True]
    assert run.is_same
    assert not comparison.is_same  # the name of a block


def test_targets_of_the_sides():
    one, other = Side(text=ADD), Side(text=NARROW)
    assert target_pairs((one, other), ["c", "cuda"]) == [("c", "c"), ("cuda", "cuda")]
    assert target_pairs((one, one), ["c", "cuda"]) == [("c", "cuda")]
    assert target_pairs((one, one), ["c"]) == [("c", "c")]
    fixed = msgspec.structs.replace(one, target="llvm")
    assert target_pairs((fixed, one), ["c", "cuda"]) == [("llvm", "c"), ("llvm", "cuda")]


def test_outputs_of_other_shapes_are_not_compared():
    """4096 float32 stand beside 64 float16: both run, and neither output has a counterpart."""
    (run,) = viz.compare(ADD, NARROW, run=True).runs
    assert run.problems == (None, None)
    assert run.before.passed
    assert run.after.passed
    assert run.outputs == ()
    assert run.alone == (("C",), ("C",))
    assert not run.is_same


def swapped_parameters():
    """A program, and the same with its parameters in another order."""
    swapped = ADD.replace(
        'A: T.Buffer((4096,), "float32"),\n        B: T.Buffer((4096,), "float32"),',
        'B: T.Buffer((4096,), "float32"),\n        A: T.Buffer((4096,), "float32"),',
    ).replace("A[vi] + B[vi]", "A[vi] - B[vi]")
    straight = ADD.replace("A[vi] + B[vi]", "A[vi] - B[vi]")
    assert swapped != straight
    return straight, swapped


def test_both_sides_get_the_inputs_of_the_first():
    """The parameters stand in another order, by which random numbers would be others."""
    (run,) = viz.compare(*swapped_parameters(), run=True).runs
    assert [(output.passed, output.max_abs) for output in run.outputs] == [(True, 0.0)]


@pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))
def test_the_side_that_cannot_be_counted_gets_the_inputs_of_the_first_too():
    straight, swapped = swapped_parameters()
    sides = Side(text=straight, target="cuda"), Side(text=swapped, target="c")
    (run,) = viz.compare(*sides, run=True, cost=True).runs
    assert run.device == ("cuda-emulated", "c")
    assert run.problems == (None, None)
    assert [output.passed for output in run.outputs] == [True]
    assert run.before.cost is not None
    assert run.after.cost is None


def test_a_side_that_a_target_cannot_take_is_a_problem_of_the_target():
    unbound = examples()["vector_add"].text.replace('with T.sblock("add"):', "if True:")
    comparison = viz.compare(ADD, examples()["transpose_shared"].text, "c")
    assert comparison.before.problems == {}
    assert not comparison.targets[0].is_same
    with pytest.raises(VizError):
        viz.compare(ADD, unbound.replace("vi = T.axis.spatial(4096, i)", "vi = ="))


@needs_second_engine
def test_two_generations_pair_by_what_both_have():
    comparison = viz.compare(Side(text=ADD, engine="2024"), ADD, "cuda")
    old, new = comparison.before.tree.nodes, comparison.after.tree.nodes
    pairs = {pair.before: pair for pair in comparison.tree.pairs}
    (store,) = (node.id for node in old if node.title == "BufferStore")
    assert pairs[store].kind == "kept"
    assert new[pairs[store].after].title == "BufferStore"
    loads = [node.id for node in old if node.title == "BufferLoad"]
    assert [new[pairs[load].after].title for load in loads] == ["TensorLoad", "TensorLoad"]
