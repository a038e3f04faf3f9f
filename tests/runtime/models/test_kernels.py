"""The kernels of a Relax program: what a call of each costs, and which calls need which."""

from functools import cache

import pytest

from viz.frontend.examples import relax_examples
from viz.model import OverviewPart, Request, TreePart
from viz.service.engine.dispatch import Answers, answer

SYMBOLIC = """
@I.ir_module
class Module:
    @T.prim_func(private=True, s_tir=True)
    def unused(A: T.Buffer((8,), "float32")):
        for i in range(8):
            with T.sblock("A"):
                vi = T.axis.spatial(8, i)
                A[vi] = T.float32(1)

    @R.function
    def main(x: R.Tensor(("n", 64), "float32"), w: R.Tensor((64, 128), "float32")):
        n = T.int64()
        with R.dataflow():
            y = R.matmul(x, w)
            z = R.reshape(y, (n, 2, 64))
            s = R.add(z, z)
            R.output(s)
        return s
"""


@cache
def overview_of(text, target):
    return answer(Request(text=text, target=target, part=OverviewPart(passes=True)))


def test_a_kernel_says_what_a_call_computes_reads_and_writes():
    found = {
        kernel.name: kernel
        for kernel in overview_of(relax_examples()["relax_attention"].text, "cuda").kernels
    }
    # q (2, 4, 16) times kᵀ (2, 16, 16): 2·4·16·16 products and sums, then 2·4·16 elements are
    # scaled and a mask is added.
    scores = found["fused_matmul_multiply_add"]
    assert scores.flops == 2 * (2 * 4 * 16 * 16) + 2 * (2 * 4 * 16)
    # It reads q, k and the mask (4, 16), and writes (2, 4, 16), all of four bytes.
    assert scores.bytes_read == 4 * (2 * 4 * 16 + 2 * 16 * 16 + 4 * 16)
    assert scores.bytes_written == 4 * (2 * 4 * 16)
    assert [each.written for each in scores.parameters] == [False, False, False, True]
    # A copy computes nothing; what is only written is not read.
    append = found["append"]
    assert (append.flops, append.bytes_read, append.bytes_written) == (0, 2048, 2048)
    assert append.all_bytes == len(append.sites) * 4096


def test_the_rule_is_the_one_that_scheduled_a_kernel():
    text = relax_examples()["relax_attention"].text
    rules = {kernel.name: kernel.rule for kernel in overview_of(text, "cuda").kernels}
    assert rules["matmul"] == "dlight.gpu.Matmul"
    assert rules["softmax"] == "dlight.gpu.GeneralReduction"
    assert rules["append"] == "dlight.gpu.Fallback"
    assert {kernel.rule for kernel in overview_of(text, "c").kernels} == {""}


def test_shapes_with_variables_give_expressions():
    matmul, add = overview_of(SYMBOLIC, "llvm").kernels
    assert matmul.flops == f"n * {2 * 64 * 128}"
    assert matmul.bytes_read == f"(n * {64 * 4}) + {64 * 128 * 4}"
    assert add.bytes_written == f"n * {128 * 4}"
    assert matmul.all_bytes == f"(n * {(64 + 128) * 4}) + {64 * 128 * 4}"


def test_a_call_depends_on_those_that_wrote_what_it_is_given():
    overview = overview_of(SYMBOLIC, "llvm")
    (graph,) = overview.graphs
    # A view in between hands the result on.
    assert [(overview.kernels[call.kernel].name, call.inputs) for call in graph.calls] == [
        ("matmul", ()),
        ("add", (0,)),
    ]
    attention = overview_of(relax_examples()["relax_attention"].text, "c")
    (graph,) = attention.graphs
    names = [attention.kernels[call.kernel].name for call in graph.calls]
    inputs = {i: {names[given] for given in call.inputs} for i, call in enumerate(graph.calls)}
    assert names.count("append") == 2
    last = len(names) - 1
    assert names[last] == "matmul"
    assert inputs[last] == {"softmax", "append"}
    assert not any(inputs[i] for i, name in enumerate(names) if name == "append")


@pytest.mark.parametrize("target", ["c", "cuda"])
def test_a_kernel_that_a_pass_made_is_a_program_of_its_own(target):
    text = relax_examples()["relax_attention"].text
    kernels = overview_of(text, target).kernels
    (own,) = [kernel for kernel in kernels if not kernel.made_by]
    assert (own.name, own.script) == ("append", "")
    made = next(kernel for kernel in kernels if kernel.made_by)
    alone = answer(Request(text=made.script, target=target, part=OverviewPart(passes=True)))
    assert [function.name for function in alone.functions] == [made.name]
    assert alone.functions[0].parameters == made.parameters
    assert not [each for each in alone.problems if each.severity == "error"]


def test_of_a_model_no_function_is_parsed_but_the_chosen_one(monkeypatch):
    from viz.service.engine import dispatch

    parsed = []
    parse = dispatch.parse

    def noted(*arguments, **options):
        parsed.append(parse(*arguments, **options))
        return parsed[-1]

    monkeypatch.setattr(dispatch, "parse", noted)
    answers = Answers()
    text = relax_examples()["relax_attention"].text
    tree = answers.answer(Request(text=text, function="append", part=TreePart()))
    names = [[str(name.name_hint) for name in each.mod.functions] for each in parsed]
    assert names == [["append"]]
    answers.answer(Request(text=text, part=OverviewPart()))
    whole = answers.answer(Request(text=text, part=TreePart()))
    places = {node.label: node.span for node in whole.nodes if node.type_key == "tirx.For"}
    assert {n.label: n.span for n in tree.nodes if n.type_key == "tirx.For"} == places
    # Whatever Relax calls is kept with it.
    answers.answer(Request(text=text, function="main", part=TreePart()))
    assert {str(name.name_hint) for name in parsed[-1].mod.functions} == {"append", "main"}


def test_what_cannot_be_counted_is_not_known_and_hides_no_other():
    text = """
@I.ir_module
class Module:
    @T.prim_func
    def scale(x: T.Buffer((16,), "float32"), s: T.int64, y: T.Buffer((16,), "float32")):
        for i in range(16):
            with T.sblock("scale"):
                vi = T.axis.spatial(16, i)
                y[vi] = x[vi] * T.cast(s, "float32")

    @T.prim_func
    def some(x: T.Buffer((16,), "float32"), c: T.Buffer((1,), "int32"),
             y: T.Buffer((16,), "float32")):
        for i in range(c[0]):
            with T.sblock("some"):
                vi = T.axis.spatial(16, i)
                y[vi] = x[vi] + x[vi]

    @R.function
    def main(x: R.Tensor((16,), "float32"), z: R.Tensor(("n",), "float32"),
             c: R.Tensor((1,), "int32")):
        cls = Module
        n = T.int64()
        a = R.call_tir(cls.scale, (x, R.prim_value(n * 2)), out_ty=R.Tensor((16,), "float32"))
        b = R.call_tir(cls.some, (a, c), out_ty=R.Tensor((16,), "float32"))
        return b
"""
    # What computes n * 2 gives the virtual machine a number, and is no kernel.
    found = {kernel.name: kernel.flops for kernel in overview_of(text, "c").kernels}
    assert found == {"scale": 16, "some": "?"}
