"""Kernels lead back to the calls of Relax that they are made of, whatever passes made of them."""

import pytest

from tests.support.programs.relax.recorded import answers, recording, written_by
from viz.frontend.examples import relax_examples
from viz.frontend.models.origins import read_origins
from viz.frontend.program import read
from viz.ir.labels import operator
from viz.ir.walker import occurrences
from viz.passes.relax.calls import RelaxCalls
from viz.text import Text

TRANSPOSE, PRODUCT, SUM = (
    "R.permute_dims(linear_weight, axes=None)",
    "R.matmul(x, matmul_weight, out_dtype=None)",
    "R.add(matmul, linear_bias)",
)
FIRST, FIRST_SUM, SILU, SECOND, SECOND_SUM = (
    "R.matmul(x, w1)",
    "R.add(R.matmul(x, w1), b1)",
    "R.nn.silu(R.add(R.matmul(x, w1), b1))",
    "R.matmul(hidden, w2)",
    "R.add(R.matmul(hidden, w2), b2)",
)
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

PLACES = [
    # On a CPU each call has a kernel of its own.
    ("relax_linear", "c", "c", r"\bT_transpose\[", [TRANSPOSE]),
    ("relax_linear", "c", "c", r"\blinear_weight\[", [TRANSPOSE]),
    ("relax_linear", "c", "c", r"\bmatmul\[", [SUM, PRODUCT]),  # one reads it, one writes it
    ("relax_linear", "c", "c", r"\bmatmul_weight\[", [PRODUCT]),
    ("relax_linear", "c", "c", r"\bT_add\[", [SUM]),
    ("relax_linear", "c", "c", r"\blinear_bias\[", [SUM]),
    ("relax_mlp", "c", "c", r"\bx\[", [FIRST]),
    ("relax_mlp", "c", "c", r"\bb1\[", [FIRST_SUM]),
    ("relax_mlp", "c", "c", r"\bcompute\[", [SILU]),
    ("relax_mlp", "c", "c", r"\bhidden\[", [SECOND]),
    ("relax_mlp", "c", "c", r"\bmatmul\[", [FIRST, SECOND]),
    ("relax_mlp", "c", "c", r"\bT_add\[", [FIRST_SUM, SECOND_SUM]),
    ("relax_attention", "c", "c", r"\bq\[", [SCORES]),
    ("relax_attention", "c", "c", r"\bT_multiply\[", [SCALE]),
    ("relax_attention", "c", "c", r"\bmask\[", [MASKED]),
    ("relax_attention", "c", "c", r"\bT_softmax_maxelem_ptr\[", [SOFTMAX]),
    ("relax_attention", "c", "c", r"\bcache\[", ["cache"]),
    # For a GPU they are fused and scheduled.
    ("relax_linear", "cuda", "cuda", r"\blinear_weight_ptr\[", [TRANSPOSE]),
    ("relax_linear", "cuda", "cuda", r"\bx_reindex_pad_shared_ptr\[", [PRODUCT]),
    ("relax_linear", "cuda", "cuda", r"\bmatmul_weight_ptr\[", [PRODUCT]),
    ("relax_linear", "cuda", "cuda", r"make_float2\(", [PRODUCT]),
    (
        "relax_linear",
        "cuda",
        "cuda",
        r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
        [PRODUCT, SUM],
    ),
    ("relax_mlp", "cuda", "cuda", r"\bw1_ptr\[", [FIRST]),
    ("relax_mlp", "cuda", "cuda", r"\bw2_ptr\[", [SECOND]),
    ("relax_mlp", "cuda", "cuda", r"expf\(", [SILU]),
    ("relax_mlp", "cuda", "cuda", r"\bhidden_reindex_pad_shared_ptr\[", [SECOND]),
    (
        "relax_mlp",
        "cuda",
        "cuda",
        r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
        [SECOND, SECOND_SUM, FIRST, FIRST_SUM],
    ),
    ("relax_attention", "cuda", "cuda", r"\bT_transpose_intermediate_ptr\[", [TURN]),
    ("relax_attention", "cuda", "cuda", r"\bT_softmax_maxelem_shared_ptr\[", [SOFTMAX]),
    ("relax_attention", "cuda", "cuda", r"expf\(", [SOFTMAX]),
    ("relax_attention", "cuda", "cuda", r"max\(", [SOFTMAX]),
    ("relax_attention", "cuda", "cuda", r"\bnew_ptr\[", ["new"]),
    # The two products have one shape: LegalizeOps makes one kernel, fusion takes one call away.
    ("relax_attention", "cuda", "cuda", r"\bmatmul_reindex_pad_local_ptr\[", [OUT]),
    (
        "relax_attention",
        "cuda",
        "cuda",
        r"\bmatmul_intermediate_reindex_pad_local_ptr\[",
        [SCORES, SCALE],
    ),
    ("relax_linear", "webgpu", "wgsl", r"\blinear_bias_ptr\[", [SUM]),
    ("relax_mlp", "webgpu", "wgsl", r"\bb1_ptr\[", [FIRST_SUM]),
    ("relax_mlp", "webgpu", "wgsl", r"\bb2_ptr\[", [SECOND_SUM]),
    ("relax_attention", "webgpu", "wgsl", r"\bmask_ptr\[", [MASKED]),
    # The code of the virtual machine.
    (
        "relax_mlp",
        "c",
        "relax-vm",
        r"call  (?!vm)\w",
        [FIRST, FIRST_SUM, SILU, SECOND, SECOND_SUM],
    ),
    ("relax_mlp", "cuda", "relax-vm", r"call  (?!vm)\w", [SILU, SECOND_SUM]),
    (
        "relax_attention",
        "c",
        "relax-vm",
        r"call  (?!vm)\w",
        [KEYS, VALUES, TURN, SCORES, SCALE, MASKED, SOFTMAX, OUT],
    ),
    (
        "relax_mlp",
        "c",
        "relax-vm",
        r"call  vm\.builtin\.check_tensor_info",
        [
            'x: R.Tensor((8, 32), "float32")',
            'w1: R.Tensor((32, 64), "float32")',
            'b1: R.Tensor((64,), "float32")',
            'w2: R.Tensor((64, 16), "float32")',
            'b2: R.Tensor((16,), "float32")',
        ],
    ),
    ("relax_mlp", "c", "relax-vm", r"ret  ", [SECOND_SUM]),
]


CONV, BIAS, CONV_SUM, RELU, POOL, FLATTEN, TURNED, LINEAR, LINEAR_SUM = (
    ("R.nn.conv2d", "/conv/Conv"),
    ("R.reshape", "/conv/Conv"),
    ("R.add", "/conv/Conv"),
    ("R.nn.relu", "/relu/Relu"),
    ("R.nn.max_pool2d", "/pool/MaxPool"),
    ("R.reshape", "/Flatten"),
    ("R.permute_dims", "/fc/Gemm"),
    ("R.matmul", "/fc/Gemm"),
    ("R.add", "/fc/Gemm"),
)
"""The calls that relax_conv_onnx has, and the nodes of the model that they were made from."""

MODEL_PLACES = [
    ("c", "c", r"\bpad_temp_ptr\[", [CONV]),
    ("c", "c", r"\bconv_weight\[", [CONV]),
    ("c", "c", r"\bconv_bias\[", [BIAS]),
    ("c", "c", r"\bT_reshape\[", [BIAS, FLATTEN]),
    ("c", "c", r"\blv1\[", [CONV_SUM]),
    ("c", "c", r"\bcompute\[", [RELU]),
    ("c", "c", r"\bpool_max\[", [POOL]),
    ("c", "c", r"\bfc_weight\[", [TURNED]),
    ("c", "c", r"\bT_add\[", [CONV_SUM, LINEAR_SUM]),
    # For a GPU convolution, bias and ReLU are one kernel; the reshapes are views.
    ("cuda", "cuda", r"\bx_ptr\[", [CONV]),
    ("cuda", "cuda", r"\bconv2d_nchw_intermediate_reindex_pad_local_ptr\[", [CONV, CONV_SUM]),
    ("cuda", "cuda", r"\bcompute_intermediate_ptr\[", [RELU]),
    ("cuda", "cuda", r"\blv3_ptr\[", [POOL]),
    ("cuda", "cuda", r"\bT_transpose_ptr\[", [TURNED]),
    ("cuda", "cuda", r"\bmatmul_intermediate_reindex_pad_local_ptr\[", [LINEAR, LINEAR_SUM]),
    ("cuda", "relax-vm", r"call  (?!vm)\w", [RELU, POOL, TURNED, LINEAR_SUM]),
]


@pytest.mark.parametrize(("target", "language", "pattern", "parts"), MODEL_PLACES)
def test_a_place_leads_to_the_node_of_the_model(target, language, pattern, parts):
    text = relax_examples()["relax_conv_onnx"].text
    statements = read_origins(text, read(text).tree())
    lines = Text(text)

    def node(call):
        """The node whose statements a call stands in."""
        (path,) = {s.part.path for s in statements if call in lines.slice(s.span)}
        return path

    calls = [each for each in written_by("relax_conv_onnx", target, language, pattern) if each]
    assert [(call.partition("(")[0], node(call)) for call in calls] == parts


@pytest.mark.parametrize(("name", "target", "language", "pattern", "calls"), PLACES)
def test_a_place_leads_to_the_calls_that_it_is_of(name, target, language, pattern, calls):
    assert [each for each in written_by(name, target, language, pattern) if each] == calls


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
            [operator(nodes[node].obj).rpartition(".")[2] for node in site.calls]
            for site in calls
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
    from viz.model import OverviewPart, Request
    from viz.service.engine.dispatch import answer

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
