"""Every example for every target: TVM's own text, golden files, and what to say when there is none."""

import pytest
import tvm

from tests.support.builds import TARGETS, TIRX, refusal, scheduled, without_addresses
from tests.support.programs.examples import EXAMPLES, parsed
from viz.codegen import emit
from viz.errors import LoweringError, RequestError
from viz.frontend import program
from viz.ir.parse import parse
from viz.ir.process_state import SOURCE_ONLY
from viz.model import Options
from viz.passes import pipeline
from viz.passes.function_roles import is_bound

GPU_MARKS = {
    "cuda": "__global__",
    "opencl": "__kernel",
    "metal": "kernel void",
    "webgpu": "@compute",
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_for_every_target(name, target, golden, monkeypatch):
    if reason := refusal(name, target):
        with pytest.raises(LoweringError, match=reason):
            pipeline.lower(parsed(name).mod, target)
        return
    mod = scheduled(name, target)
    before = mod.script()
    lowered = pipeline.lower(mod, target)
    emitted = emit.emit(lowered)
    assert mod.script() == before, "lowering changed the user's module"
    main = emitted.emissions[0]
    monkeypatch.setenv(SOURCE_ONLY, "1")
    style = "tirx" if name in TIRX else "default"
    built = tvm.compile(lowered.scheduled, target=lowered.target, tir_pipeline=style).mod
    theirs = (built.imports[0] if built.imports else built).inspect_source()
    host = built.inspect_source()
    assert without_addresses(main.text) == without_addresses(theirs)
    assert without_addresses(emitted.emissions[-1].text if target != "llvm" else main.text) == (
        without_addresses(host)
    )
    if target in GPU_MARKS:
        assert GPU_MARKS[target] in main.text
        assert (emitted.schedule is None) == is_bound(mod["main"])
    if target != "llvm":  # LLVM's text depends on the machine and on LLVM
        golden.check(f"source/{name}.{target}.txt", main.text)


def test_the_notes_programs_loop():
    text = emit.emit(pipeline.lower(parsed("add_one").mod, "c")).emissions[0].text
    assert "for (int32_t i = 0; i < 8; ++i) {\n    B[i] = (A[i] + 1.000000e+00f);" in text


def test_llvm_comes_as_ir_and_as_assembly():
    emissions = emit.emit(pipeline.lower(parsed("matmul").mod, "llvm")).emissions
    assert [(e.part, e.form) for e in emissions] == [("host", "ir"), ("host", "assembly")]
    assert "define" in emissions[0].text
    assert ".text" in emissions[1].text


@pytest.mark.parametrize(
    "store",
    [
        "A[T.ramp(0, 1, 4 * T.vscale())] = T.broadcast(T.float32(1), 4 * T.vscale())",
        'A[0] = T.Cast("float32", 4 * T.vscale())',
    ],
)
def test_vectors_that_a_processor_lacks_have_no_assembly(store):
    text = f'@T.prim_func\ndef f(A: T.Buffer((128,), "float32")):\n    {store}\n'
    mod = parse(program.read(text)).mod
    emitted = emit.emit(pipeline.lower(mod, "llvm"))
    assert [e.form for e in emitted.emissions] == ["ir"]
    assert [problem.what.id for problem in emitted.problems] == ["no-scalable-vectors"]
    arm = Options(attributes={"mtriple": "aarch64-linux-gnu", "mattr": '["+sve"]'})
    emitted = emit.emit(pipeline.lower(mod, "llvm", arm))
    assert [e.form for e in emitted.emissions] == ["ir", "assembly"]
    assert not emitted.problems


def test_the_schedule_is_named_and_shown():
    lowered = pipeline.lower(parsed("softmax").mod, "cuda")
    emitted = emit.emit(lowered)
    assert emitted.schedule.functions == ("main",)
    assert emitted.schedule.rules[0].startswith("dlight.gpu.")
    assert emitted.schedule.script == ""
    printed = emit.with_script(emitted, lowered)
    assert "threadIdx.x" in printed.schedule.script
    assert emit.with_script(emitted, lowered).emissions == emitted.emissions
    assert emitted.problems[0].code == "scheduled"


def test_functions_that_are_bound_already_are_left_alone():
    lowered = pipeline.lower(parsed("matmul_gpu").mod, "cuda")
    assert lowered.schedule is None
    assert lowered.scheduled.same_as(parsed("matmul_gpu").mod)


def test_an_unbound_program_never_passes_for_a_kernel():
    text = "@T.prim_func\ndef f(A: T.Buffer((8,), 'float32')):\n    for i in range(8):\n        A[i] = A[i] * 2.0\n"
    with pytest.raises(LoweringError) as caught:
        pipeline.lower(parse(program.read(text)).mod, "cuda")
    assert "thread_binding" in caught.value.hint


def test_architecture_attributes_and_config_reach_tvm():
    options = Options(
        arch="sm_90",
        attributes={"max_num_threads": 256},
        config={"tirx.disable_vectorize": True},
    )
    lowered = pipeline.lower(parsed("vector_add").mod, "cuda", options)
    assert '"arch":"sm_90"' in str(lowered.target)
    assert '"max_num_threads":256' in str(lowered.target)
    vectorized = emit.emit(pipeline.lower(parsed("loop_kinds").mod, "c")).emissions[0].text
    plain = emit.emit(
        pipeline.lower(
            parsed("loop_kinds").mod, "c", Options(config={"tirx.disable_vectorize": True})
        )
    )
    assert "int32_t16" in vectorized
    assert "int32_t16" not in plain.emissions[0].text


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("cuda", Options(arch="banana"), "banana|arch"),
        ("cuda", Options(attributes={"no_such": 1}), "no_such"),
        ("c", Options(config={"tirx.no_such": 1}), "no_such"),
        ("c", Options(config={"tirx.disable_vectorize": "maybe"}), "disable_vectorize"),
        ("c", Options(arch="x"), "no architecture"),
        ("nvptx", Options(), "libdevice"),
        ("klingon", Options(), "no target named"),
    ],
)
def test_bad_options_are_named(target, options, message):
    with pytest.raises((RequestError, LoweringError), match=message):
        emit.emit(pipeline.lower(parsed("add_one").mod, target, options))


def test_a_private_function_is_built_under_its_own_name():
    text = '@T.prim_func(private=True)\ndef plus(A: T.Buffer((8,), "float32")):\n    for i in range(8):\n        A[i] = A[i] + 1.0\n'
    mod = parse(program.read(text)).mod
    emitted = emit.emit(pipeline.lower(mod, "c"))
    assert "__tvm_ffi_plus" in emitted.emissions[0].text
    assert [(p.code, "plus" in p.message) for p in emitted.problems] == [("private", True)]
    assert "global_symbol" not in mod["plus"].attrs, "lowering changed the user's module"


def test_a_private_subroutine_stays_private_and_says_why_it_fails():
    text = """@I.ir_module
class M:
    @T.prim_func(private=True)
    def sub(A: T.Buffer((8,), "float32")):
        A[0] = T.float32(1)

    @T.prim_func
    def main(A: T.Buffer((8,), "float32")):
        M.sub(A.data)
"""
    with pytest.raises(LoweringError, match="private function that another one calls"):
        pipeline.lower(parse(program.read(text)).mod, "c")
    fine = text.replace(
        'A: T.Buffer((8,), "float32")):\n        A[0] = T.float32(1)',
        'p: T.handle("float32")):\n        T.evaluate(0)',
    )
    lowered = pipeline.lower(parse(program.read(fine)).mod, "c")
    assert lowered.named == ()
