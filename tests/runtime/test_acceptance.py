"""Compilers of a text's own language: whether they take it, and where an error comes from."""

import pytest

import viz
from viz.cli import main
from viz.emulator import library
from viz.emulator import verdicts as compiled
from viz.emulator.verdicts import ACCEPTED, REFUSED, UNCHECKED
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.harness.compilers import compiler
from viz.model import Request, RunPart, SourcePart
from viz.service.engine import dispatch

needs_nvcc = pytest.mark.skipif(
    not compiler("cuda") or bool(library.missing()), reason="no nvcc is installed"
)
needs_clang = pytest.mark.skipif(not compiler("opencl"), reason="no clang is installed")

# A vector of 8 shifts: OpenCL of a scalar and a vector, CUDA with a vector of 8 int64.
DEQUANTIZED = """@T.prim_func(s_tir=True)
def dequant(W: T.Buffer((64, 32), "uint8"), O: T.Buffer((64, 64), "float16")):
    for r in T.thread_binding(64, thread="blockIdx.x"):
        for t in T.thread_binding(8, thread="threadIdx.x"):
            for v in T.vectorized(8):
                with T.sblock("dq"):
                    vr = T.axis.spatial(64, r)
                    vc = T.axis.spatial(64, t * 8 + v)
                    O[vr, vc] = T.Cast("float16", T.bitwise_and(
                        T.shift_right(W[vr, vc // 2], T.Cast("uint8", vc % 2 * 4)), T.uint8(15)))

def reference(W):
    c = np.arange(64)
    return ((W[:, c // 2] >> (c % 2 * 4).astype("uint8")) & 15).astype("float16")
"""
PTX = """@T.prim_func
def f(A: T.Buffer((32,), "float32")):
    for tx in T.thread_binding(32, thread="threadIdx.x"):
        S = T.alloc_buffer((32,), "float32", scope="shared")
        S[tx] = A[tx]
        T.evaluate(T.ptx.cp.async_.wait_group(0))
        A[tx] = S[tx]

def reference(A):
    return A
"""


def verdicts(text, target):
    source = dispatch.answer(Request(text=text, target=target, part=SourcePart(compile=True)))
    return [problem for problem in source.problems if problem.code.endswith("-text")]


def at(text, span):
    """Return the line of a text that a span begins in."""
    return text[: span.start].split("\n")[-1] + text[span.start :].split("\n")[0]


@needs_clang
def test_opencl_that_no_compiler_takes_is_placed_in_the_users_text(tmp_path, capsys):
    device, host = verdicts(DEQUANTIZED, "opencl")
    assert (device.code, host.code) == (REFUSED, ACCEPTED)
    assert "clang refuses line" in device.message
    assert "the first operand is not a vector" in device.message
    assert "shift_right" in at(DEQUANTIZED, device.span)
    assert [p.code for p in verdicts(examples()["matmul"].text, "opencl")] == [ACCEPTED] * 2
    path = tmp_path / "dequant.py"
    path.write_text(DEQUANTIZED)
    assert main(["source", str(path), "--target", "opencl", "--compile"]) == 1
    assert "clang refuses line" in capsys.readouterr().err


@needs_nvcc
def test_cuda_that_no_compiler_takes_is_not_the_emulators_fault():
    with pytest.raises(RunError, match=r"no CUDA compiler takes this text: nvcc refuses") as caught:
        viz.run(DEQUANTIZED, "cuda-emulated")  # in the jail
    assert "shift_right" in at(DEQUANTIZED, caught.value.span)


@needs_nvcc
def test_what_the_emulator_alone_does_not_know_is_said():
    with pytest.raises(RunError, match="not emulatable: inline PTX") as caught:
        viz.run(PTX, "cuda-emulated")
    assert "nvcc takes the text" in caught.value.hint
    assert "wait_group(0)" in at(PTX, caught.value.span)


def test_a_text_that_nothing_can_check_is_said(monkeypatch):
    monkeypatch.setattr(compiled, "checker", lambda language: "")
    device, host = verdicts(DEQUANTIZED, "opencl")
    assert device.code == host.code == UNCHECKED
    assert "not checked: there is no OpenCL compiler (clang)" in device.message
    if not library.missing():
        part = RunPart(device="cuda-emulated")
        with pytest.raises(RunError, match="too many arguments") as caught:
            dispatch.answer(Request(text=DEQUANTIZED, target="cuda", part=part))
        assert "not checked: there is no CUDA compiler (nvcc)" in caught.value.hint
    wgsl = verdicts(examples()["matmul"].text, "webgpu")[0]
    assert "was not checked: no compiler of its language (wgsl)" in wgsl.message


def test_vector_types_of_c_are_refused():
    if not compiler("c"):
        pytest.skip("no C compiler is installed")
    (text,) = verdicts(examples()["loop_kinds"].text, "c")
    assert text.code == REFUSED
    assert "unknown type name" in text.message
