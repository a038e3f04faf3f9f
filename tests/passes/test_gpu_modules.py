"""Modules for a GPU: where each function goes, what a default schedule leaves alone, what is said."""

import pytest
import tvm
import tvm_ffi

from tests.support.programs import gpu_modules as programs
from tests.support.programs.examples import EXAMPLES, parsed
from viz.codegen import emit
from viz.errors import LoweringError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.passes import pipeline
from viz.passes.gpu_schedule import schedule_for_gpu
from viz.passes.targets import target_of


def lowered(text, target="cuda"):
    return pipeline.lower(parse(read(text)).mod, target)


def texts(text, target="cuda"):
    return {emission.part: emission for emission in emit.emit(lowered(text, target)).emissions}


def refusal(text, target="cuda"):
    with pytest.raises(LoweringError) as caught:
        lowered(text, target)
    return caught.value


# ---------------------------------------------------------------- where functions go

PLACES = {
    "a helper": (programs.DEVICE_HELPER, "__device__ float square(float a) {", ""),
    "a kernel already": (programs.KERNEL_ALREADY, "__global__ void one(float* p) {", ""),
    "its own CPU": (programs.HOST_FUNCTION_BESIDE, " wide_kernel(", "__tvm_ffi_narrow("),
    "a number": (programs.NUMBER_BESIDE_KERNEL, " main_kernel(", "__tvm_ffi_threads("),
    "other symbols": (programs.OTHER_SYMBOLS, " alpha_kernel(", "__tvm_ffi_beta("),
    "TIRx": (programs.TIRX, "tvm_builtin_cuda_cta_sync();\n", "__tvm_ffi_handoff("),
    "one thread": (programs.ONE_THREAD, "void first(float* p) {\n  p[0] = ", '"first"'),
    "tile operations": (programs.TIRX_COPIES, "tvm_builtin_ptx_ld_vec_global", ""),
}


@pytest.mark.parametrize("name", PLACES)
def test_each_function_is_written_where_it_belongs(name):
    text, device, host = PLACES[name]
    emissions = texts(text)
    assert device in emissions["device"].text
    assert host in emissions["host"].text
    assert not host or host not in emissions["device"].text


def test_a_target_of_its_own_is_named():
    source = emit.emit(lowered(programs.HOST_FUNCTION_BESIDE))
    (problem,) = source.problems
    assert "narrow has a target of its own, llvm: it stays on the CPU" in problem.message

    source = emit.emit(lowered(programs.OWN_GPU, "c"))
    device = source.emissions[0]
    assert "__kernel void main_kernel(" in device.text
    assert (device.title, device.language) == ("OpenCL kernels", "opencl")
    assert any("main has a target of its own, opencl" in p.message for p in source.problems)


def test_a_module_of_two_styles_is_refused_by_name():
    error = refusal(programs.TIRX_BESIDE_BLOCKS)
    assert "threads is a TIRx kernel and blocks is written in blocks" in error.message


@pytest.mark.parametrize("target", ["c", "llvm"])
@pytest.mark.parametrize("text", [programs.BOUND_FLAT, programs.TIRX])
def test_threads_have_no_place_on_a_cpu(text, target):
    error = refusal(text, target)
    assert "bound to GPU threads" in error.message
    assert "cuda-emulated" in error.hint


# ---------------------------------------------------------------- the default schedule


@pytest.mark.parametrize("text", [programs.INIT_FROM_BUFFER, programs.WRITES_TOO_MUCH])
def test_where_a_rule_fails_the_next_is_tried(text):
    assert lowered(text).schedule.rules == ("dlight.gpu.Fallback",)


def test_where_all_rules_fail_their_reasons_are_the_answer(monkeypatch):
    def apply(self, function, target, tunable):
        raise IndexError("an index too far")

    for name in ("Matmul", "GEMV", "Reduction", "GeneralReduction", "Fallback"):
        monkeypatch.setattr(getattr(tvm.s_tir.dlight.gpu, name), "apply", apply)
    error = refusal(programs.WRITES_TOO_MUCH)
    assert "mark has no thread bindings, and no rule of TVM's default GPU schedule" in error.message
    (reason,) = error.what.values["reasons"]
    assert reason.values["why"].id == "rule-of-other-form"
    assert "(Matmul, GEMV, Reduction, GeneralReduction, Fallback)" in error.message


@pytest.mark.parametrize("name", [*EXAMPLES, "nested"])
def test_a_schedule_changes_nothing_of_what_it_is_given(name):
    mod = parse(read(programs.NESTED_BLOCKS)).mod if name == "nested" else parsed(name).mod
    before = tvm.ir.load_json(tvm.ir.save_json(mod))
    try:
        schedule_for_gpu(mod, target_of("cuda"))
    except LoweringError:
        assert name == "if_double"
    assert tvm_ffi.structural_equal(mod, before)


# ---------------------------------------------------------------- what passes throw


@pytest.mark.parametrize(
    "kind", [IndexError, KeyError, TypeError, AssertionError, AttributeError, ZeroDivisionError]
)
def test_an_error_of_any_kind_names_its_pass(monkeypatch, kind):
    @tvm.transform.module_pass(opt_level=0, name="tests.Throws")
    def throws(mod, context):
        raise kind("a reason")

    monkeypatch.setattr(tvm.tirx, "get_default_tir_pipeline", lambda target: (throws, None, None))
    error = refusal(programs.BOUND_FLAT)
    assert "a reason" in error.message
    assert "(in the pass tests.Throws)" in error.message


def test_what_a_check_of_tvms_throws_itself_is_explained():
    error = refusal(programs.VIRTUAL_THREAD_ALONE)
    assert isinstance(error.__cause__, IndexError)
    assert "memory is used outside any GPU thread" in error.message


def test_a_tile_operation_without_code_is_named():
    error = refusal(programs.TIRX_OPERATORS)
    assert "the tile operation tirx.tile.unary_reduce" in error.message


# ---------------------------------------------------------------- host code and GPU memory


@pytest.mark.parametrize("name", programs.HOST_ACCESSES)
@pytest.mark.parametrize("target", ["cuda", "webgpu"])
def test_host_code_that_touches_gpu_memory_is_found_at_its_loop(name, target):
    text, said = programs.HOST_ACCESSES[name]
    if target == "webgpu" and "TIRx" in name:
        return
    program = parse(read(text))
    accesses = pipeline.lower(program.mod, target).host_accesses
    (place,) = {program.user_span(access.place) for access in accesses}
    line = text[: place.start].count("\n")
    assert "# here" in text.splitlines()[line]
    assert said in accesses[0].described().text()


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_touches_gpu_memory_from_the_host(name):
    try:
        assert not pipeline.lower(parsed(name).mod, "cuda").host_accesses
    except LoweringError:
        assert name == "if_double"


def test_a_function_for_the_cpu_may_touch_its_arrays():
    assert not lowered(programs.HOST_FUNCTION_BESIDE).host_accesses
    assert not lowered(
        programs.HOST_ACCESSES["blocks"][0].split("for t in")[0]
        + """for i in range(64):
        with T.sblock("B"):
            vi = T.axis.spatial(64, i)
            B[vi] = A[vi]
""",
        "c",
    ).host_accesses
