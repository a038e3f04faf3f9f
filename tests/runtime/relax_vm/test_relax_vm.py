"""Relax functions run on the virtual machine, and what must not run does not."""

import numpy as np
import pytest

from viz import arrays_of
from viz.errors import RefusedError, RequestError, RunError
from viz.frontend.examples import relax_examples
from viz.model import Request, RunPart
from viz.service.engine.dispatch import answer

LINEAR = relax_examples()["relax_linear"].text
RETURNED = '-> R.Tensor((n, 32), dtype="float32")'


@pytest.mark.parametrize("device", ["llvm", "c"])
@pytest.mark.parametrize("name", relax_examples())
def test_the_examples_return_what_their_references_do(name, device):
    outcome = answer(Request(text=relax_examples()[name].text, part=RunPart(device=device)))
    assert outcome.passed
    assert outcome.reference_kind == "numpy"
    assert [each.name for each in outcome.comparisons] == ["result"]


def test_a_wrong_program_is_found():
    outcome = answer(Request(text=LINEAR.replace("R.add(", "R.subtract("), part=RunPart()))
    assert not outcome.passed


def test_sizes_arrays_and_another_codegen():
    part = RunPart(sizes={"n": 3}, keep=True, compare_with="llvm", device="c")
    outcome = answer(Request(text=LINEAR, part=part))
    assert outcome.sizes == {"n": 3}
    kept = arrays_of(outcome)
    assert kept["output.result"].shape == (3, 32)
    np.testing.assert_allclose(kept["output.result"], kept["expected.result"], rtol=1e-5, atol=1e-4)
    with pytest.raises(RequestError, match="no extent"):
        answer(Request(text=LINEAR, part=RunPart(sizes={"m": 3})))


def test_several_results_are_several_outputs():
    text = LINEAR.replace(RETURNED, "").replace(
        "return gv\n", "return (gv, x, R.sqrt(R.negative(R.exp(x))))\n"
    )
    text = text.split("def reference")[0]
    outcome = answer(Request(text=text, part=RunPart()))
    assert [each.name for each in outcome.comparisons] == [f"result[{i}]" for i in range(3)]
    assert outcome.passed
    (nan,) = outcome.problems
    assert (nan.code, nan.severity) == ("all-not-numbers", "warning")
    assert nan.what.values["name"] == "result[2]"
    assert "RANGES = {'x': (1, 2)}" in nan.hint


def test_a_reference_that_is_asked_for_is_named_after_the_parameters():
    text = LINEAR.split("def reference")[0]
    with pytest.raises(RequestError, match="no NumPy function") as told:
        answer(Request(text=text, part=RunPart(compare_with="numpy", sizes={"n": 2})))
    assert "def reference(x, linear_weight, linear_bias): return" in told.value.hint


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (RunPart(device="python"), "runs on llvm, c and cuda-emulated"),
        (RunPart(device="c", checked=True), "on the emulated GPU alone"),
        (RunPart(device="c", compare_with="python"), "Python target does not write"),
    ],
)
def test_what_the_virtual_machine_cannot_do_is_said(part, message):
    with pytest.raises(RequestError, match=message):
        answer(Request(text=LINEAR, part=part))


def test_a_kernel_beside_it_runs_on_any_device():
    text = relax_examples()["relax_attention"].text
    outcome = answer(Request(text=text, function="append", part=RunPart(device="python")))
    assert outcome.passed


FOREIGN = {
    "by name": 'R.call_pure_packed("ffi.ModuleLoadFromFile", R.str("x"), ty_args=R.Tensor)',
    "that writes": 'R.call_dps_packed("ffi.ModuleLoadFromFile", (linear_bias,), out_ty=R.Tensor((8,)))',
    "with the machine": (
        'R.call_builtin_with_ctx("vm.builtin.alloc_shape_heap", (R.prim_value(4),),'
        " ty_args=R.Tensor)"
    ),
    "raw memory": 'R.vm.alloc_storage(R.shape([32]), R.prim_value(0), R.dtype("uint8"))',
    "planned memory": (
        'R.memory.alloc_storage(R.shape([32]), R.prim_value(0), R.str("global"), R.dtype("uint8"))'
    ),
}


@pytest.mark.parametrize("call", FOREIGN.values(), ids=FOREIGN)
def test_a_function_outside_of_the_module_does_not_run(call):
    text = LINEAR.replace(
        "        with R.dataflow", f"        found = {call}\n        with R.dataflow"
    )
    with pytest.raises(RefusedError, match="not run") as caught:
        answer(Request(text=text, part=RunPart()))
    assert "found" not in text[caught.value.span.start : caught.value.span.end]
    assert text[caught.value.span.start : caught.value.span.end].startswith("R.")


LOOP = """\
from tvm.script import ir as I, relax as R

@I.ir_module
class Module:
    @R.function
    def main(c: R.Tensor((), "bool"), x: R.Tensor((4,), "float32")) -> R.Tensor((4,), "float32"):
        if c:
            r: R.Tensor((4,), "float32") = Module.again(c, x)
        else:
            r: R.Tensor((4,), "float32") = OTHER
        return r

    @R.function
    def again(c: R.Tensor((), "bool"), x: R.Tensor((4,), "float32")) -> R.Tensor((4,), "float32"):
        y: R.Tensor((4,), "float32") = Module.main(R.logical_not(c), x)
        return y
"""


def test_a_function_that_never_ends_is_told_by_the_call_that_leads_back():
    """With another branch that makes no such call it ends: the condition is another one then."""
    assert answer(Request(text=LOOP.replace("OTHER", "R.exp(x)"), part=RunPart())).passed
    text = LOOP.replace("OTHER", "Module.again(c, x)")
    with pytest.raises(RunError, match="main calls itself whatever its inputs are") as told:
        answer(Request(text=text, part=RunPart()))
    assert text[told.value.span.start :].startswith("Module.main(R.logical_not(c), x)")


@pytest.mark.parametrize("lines", ["return x", "return R.unique(x)"], ids=["input", "host"])
def test_a_program_without_kernels_runs(lines, monkeypatch):
    """A worker may write no file, where TVM would compile an empty library."""
    monkeypatch.setattr("tempfile.mkdtemp", None)
    text = LOOP[: LOOP.index("    @R.function")]
    text += f'    @R.function\n    def main(x: R.Tensor((4,), "float32")):\n        {lines}\n'
    outcome = answer(Request(text=text, part=RunPart(keep=True)))
    assert outcome.passed
    kept = arrays_of(outcome)
    np.testing.assert_array_equal(np.sort(kept["input.x"]), np.sort(kept["output.result"]))


BRANCHES = """
@I.ir_module
class Module:
    @R.function
    def twice(x: R.Tensor((16,), "float32")) -> R.Tensor((16,), "float32"):
        w = R.subtract(x, x)
        return R.tanh(w)

    @R.function
    def main(x: R.Tensor((16,), "float32"), c: R.Tensor((), "bool")) -> R.Tensor((16,), "float32"):
        cls = Module
        if c:
            w = R.add(x, x)
            r = R.exp(w)
        else:
            r = SECOND
        return r
"""


def test_a_branch_that_is_given_the_memory_of_another_one_does_not_run():
    # StaticPlanBlockMemory of TVM 0.27 lets it: the virtual machine crashes.
    text = BRANCHES.replace(
        "            r = SECOND", "            v = R.cos(x)\n            r = R.tanh(v)"
    )
    request = Request(text=text, function="main", part=RunPart(device="llvm"))
    with pytest.raises(RunError, match="one branch of a condition allocates") as told:
        answer(request)
    assert text[told.value.span.start :].startswith("if c:")
    called = Request(
        text=BRANCHES.replace("SECOND", "cls.twice(x)"),
        function="main",
        part=RunPart(
            device="llvm",
            reference="def reference(x, c):\n    return np.exp(2 * x) if c else np.tanh(x - x)",
        ),
    )
    assert answer(called).passed
