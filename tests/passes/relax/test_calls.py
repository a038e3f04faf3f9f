"""Kernels lead back to the calls of Relax that they are made of, whatever passes made of them."""

import pytest

from tests.support.programs.relax.places import PLACES, described
from tests.support.programs.relax.recorded import answers, recording, written_by
from viz.frontend.examples import relax_examples
from viz.ir.labels import operator
from viz.ir.walker import occurrences
from viz.model import OverviewPart, Request
from viz.passes.relax.calls import RelaxCalls
from viz.service.engine.dispatch import answer

TURN, SCORES, SCALE, MASKED, SOFTMAX, OUT = (
    "R.permute_dims(keys, axes=[0, 2, 1])",
    "R.matmul(q, R.permute_dims(keys, axes=[0, 2, 1]))",
    'R.multiply(scores, R.const(0.25, "float32"))',
    "R.add(scaled, mask)",
    "R.nn.softmax(R.add(scaled, mask), axis=-1)",
    "R.matmul(weights, values)",
)
KEYS, VALUES = (
    f'R.call_tir(cls.append, ({one}_cache, {one}), out_ty=R.Tensor((2, 16, 16), "float32"))'
    for one in "kv"
)


@pytest.mark.parametrize(("name", "target"), PLACES)
def test_a_place_leads_to_the_call_that_it_is_of(golden, name, target):
    golden.check(f"relax/{name}.{target}.txt", described(name, target))


def test_no_link_is_stated_as_exact_that_a_pass_has_made():
    _, origins = answers("relax_mlp", "cuda")
    assert {origin.certainty for origin in origins.nodes} <= {"inherited", "synthesised", "lost"}
    made = {origins.maker(origin.node) for origin in origins.nodes}
    assert "LegalizeOps" in made


@pytest.mark.parametrize(
    ("name", "target", "kernel", "sites"),
    [
        ("relax_mlp", "c", "matmul", [["matmul"]]),
        # The result has a second name, gv = add, which the group is bound to.
        ("relax_linear", "cuda", "fused_matmul_add", [["matmul", "add"]]),
        ("relax_mlp", "cuda", "fused_matmul_add_silu", None),
        ("relax_attention", "c", "append", [["call_tir"], ["call_tir"]]),
        ("relax_attention", "c", "matmul", [["matmul"], ["matmul"]]),
    ],
)
def test_kernels_are_told_with_the_calls_they_stand_for(name, target, kernel, sites):
    recorded = recording(name, target)
    nodes = occurrences(recorded.input)
    found = RelaxCalls(recorded.steps, nodes)
    names = {
        each: [
            [operator(nodes[node].obj).rpartition(".")[2] for node in site.calls] for site in calls
        ]
        for each, calls in found.sites.items()
    }
    if sites is None:
        fused = [calls for calls in names.values() if len(calls[0]) > 1]
        assert [["matmul", "add", "silu"]] in fused
        assert [["matmul", "add"]] in fused
    else:
        assert names[kernel] == sites


def test_every_example_says_which_line_each_instruction_is_of():
    for name in relax_examples():
        lines = written_by(name, "c", "relax-vm", r"call  ")
        assert lines
        assert "" not in lines


def test_the_overview_lists_the_kernels_with_the_lines_of_their_calls():
    text = relax_examples()["relax_attention"].text
    overview = answer(Request(text=text, target="cuda", part=OverviewPart(passes=True)))
    found = {
        kernel.name: [
            [text[call.span.start : call.span.end] for call in site] for site in kernel.sites
        ]
        for kernel in overview.kernels
    }
    assert found == {
        "fused_append_transpose": [[KEYS, TURN]],
        "append": [[VALUES]],
        "fused_matmul_multiply_add": [[SCORES, SCALE, MASKED]],
        "softmax": [[SOFTMAX]],
        "matmul": [[OUT]],
    }
    made = {kernel.name: overview.passes[kernel.made_by - 1].name for kernel in overview.kernels}
    assert made["fused_append_transpose"] == "FuseTIR"
    assert made["matmul"] == "LegalizeOps"
    assert (
        answer(Request(text=text, function="append", part=OverviewPart(passes=True))).kernels == ()
    )


def test_the_memory_plan_says_which_tensors_share_storage():
    from viz.passes.relax.memory_plan import memory_plans

    (plan,) = memory_plans(recording("relax_mlp", "c"))
    assert plan.calls == ("matmul", "add", "silu", "matmul1", "add1")
    # x W1 lives until the first sum, that until silu, its result until the second product: of two
    # neighbours each needs memory of its own, and every second one may have the same. 8 × 64
    # floats are 2,048 bytes; 8 × 16, which are 512, fit into the larger piece that is free.
    spans = [
        (storage.size, [(each.first, each.last) for each in storage.tensors])
        for storage in plan.storages
    ]
    assert spans == [
        ("2048", [(0, 1), (2, 3)]),
        ("2048", [(1, 2), (3, 4)]),
        ("", [(4, 5)]),
    ]
    assert [each.returned for each in plan.storages[-1].tensors] == [True]
    assert memory_plans(recording("relax_linear", "cuda"))[0].storages[0].size == "8192"


def test_a_call_with_a_folded_constant_is_among_those_that_are_fused():
    """FoldConstant puts a constant in the place of a variable, and FuseOps a parameter."""
    text = """
@R.function
def main(x: R.Tensor((8, 8), "float32")):
    with R.dataflow():
        c = R.arange(0, 8, 1, dtype="float32")
        d = R.multiply(x, x)
        e = R.add(d, c)
        R.output(e)
    return e
"""
    overview = answer(Request(text=text, target="cuda", part=OverviewPart(passes=True)))
    ((site,),) = (kernel.sites for kernel in overview.kernels)
    spans = [text[call.span.start : call.span.end] for call in site]
    assert spans == ["R.multiply(x, x)", "R.add(d, c)"]
