"""What a browser is to launch, what is refused before it, and what it may send back."""

import struct

import numpy as np
import pytest

from viz.errors import VizError
from viz.frontend.examples import examples
from viz.model import ComputedPart, PlanPart, Request, RunPart, ShaderFault, SourcePart
from viz.runtime.in_browser import plan as plans
from viz.runtime.in_browser import recorded_host
from viz.runtime.in_browser.wgsl import kernels, stride
from viz.service.engine.dispatch import answer

TWO_KERNELS = """@T.prim_func(s_tir=True)
def f(A: T.Buffer((64, 64), "float32"), B: T.Buffer((64,), "float32")):
    S = T.alloc_buffer((64, 64), "float32")
    for i, j in T.grid(64, 64):
        with T.sblock("S"):
            vi, vj = T.axis.remap("SS", [i, j])
            S[vi, vj] = A[vj, vi] * 2.0
    for i, j in T.grid(64, 64):
        with T.sblock("B"):
            vi, vj = T.axis.remap("SR", [i, j])
            with T.init():
                B[vi] = 0.0
            B[vi] = B[vi] + S[vi, vj]
"""
IN_A_LOOP = """@T.prim_func
def f(A: T.Buffer((300,), "float32"), s: T.float32, n: T.int32):
    for k in range(3):
        for b in T.thread_binding(2, "blockIdx.x"):
            for t in T.thread_binding(150, "threadIdx.x"):
                A[b * 150 + t] = A[b * 150 + t] * s + T.cast(k - n, "float32")

def reference(A, s, n):
    for k in range(3):
        A = A * np.float32(s) + np.float32(k - n)
    return A
"""
STRIDED = """@T.prim_func
def f(a: T.handle, B: T.Buffer((4, 4), "float32")):
    A = T.match_buffer(a, (4, 4), "float32", strides=(8, 1))
    for b in T.thread_binding(4, "blockIdx.x"):
        for t in T.thread_binding(4, "threadIdx.x"):
            A[b, t] = B[b, t] + 1.0

def reference(B):
    return B + 1
"""
HOST_WRITES = IN_A_LOOP.replace("    for k in", "    A[0] = 1.0\n    for k in")
RETURNS = "@T.prim_func\ndef f(n: T.int32) -> T.int32:\n    return n + 1\n"
UNBOUND = IN_A_LOOP.replace('T.thread_binding(2, "blockIdx.x")', "range(2)").replace(
    'T.thread_binding(150, "threadIdx.x")', "range(150)"
)


def planned(text, **run):
    return answer(Request(text=text, part=PlanPart(run=RunPart(device="webgpu", **run))))


def computed(text, **fields):
    return answer(Request(text=text, part=ComputedPart(**fields)))


def test_launches_share_buffers_in_the_order_of_the_host():
    plan = planned(TWO_KERNELS)
    assert [(each.name, each.size, each.is_output) for each in plan.buffers] == [
        ("A", 16384, False),
        ("B", 256, True),
        ("", 16384, False),
    ]
    names = [[binding.name for binding in kernel.bindings] for kernel in plan.kernels]
    assert names == [["A_ptr", "S_ptr"], ["B_ptr", "S_ptr"]]
    assert [launch.buffers for launch in plan.launches] == [(0, 2), (1, 2)]
    (first, second) = (kernel.first_line for kernel in plan.kernels)
    (text,) = (
        emission.text
        for emission in answer(
            Request(text=TWO_KERNELS, target="webgpu", part=SourcePart(marks=False))
        ).emissions
        if emission.part == "device"
    )
    assert text == "".join(kernel.text for kernel in plan.kernels)
    assert first == 1
    assert text.split("\n")[second - 1] == "// Function: f_kernel_1"


def test_a_loop_of_the_host_passes_its_scalars_as_words():
    plan = planned(IN_A_LOOP)
    words = [struct.unpack("<iifI", launch.uniform) for launch in plan.launches]
    assert [k for k, *_ in words] == [0, 1, 2]
    assert {(n, last) for _, n, _, last in words} == {(5, 1)}
    assert words[0][2] == pytest.approx(0.12573, abs=1e-5)


def test_what_was_sent_back_is_judged_as_on_any_device():
    plan = planned(IN_A_LOOP, seed=3)
    (buffer,) = plan.buffers
    k, n, s, _ = struct.unpack("<iifI", plan.launches[0].uniform)
    array = np.frombuffer(buffer.content, np.float32)
    run = RunPart(device="webgpu", seed=3)
    unwritten = computed(IN_A_LOOP, run=run, outputs={"A": buffer.content})
    assert not unwritten.passed
    assert [problem.code for problem in unwritten.problems] == ["unwritten"]
    for k in range(3):
        array = array * np.float32(s) + np.float32(k - n)
    outcome = computed(
        IN_A_LOOP, run=run, outputs={"A": array.tobytes()}, adapter="Test", clock="gpu", seconds=1.0
    )
    assert (outcome.passed, outcome.device, outcome.seconds) == (True, "webgpu", 1.0)
    assert outcome.ran.text() == "Test, in this browser, timed by the GPU's own timestamps"
    nothing = computed(IN_A_LOOP, run=run, outputs={"A": np.full(300, np.nan, "f4").tobytes()})
    assert (nothing.passed, nothing.comparisons[0].mismatches) == (False, 300)


def test_without_a_reference_another_run_tells_what_was_written():
    plan = planned(TWO_KERNELS)
    held = next(each.content for each in plan.buffers if each.is_output)
    outcome = computed(TWO_KERNELS, outputs={"B": held})
    assert not outcome.passed
    assert outcome.reference.text().startswith("the same program through LLVM")


def test_gaps_between_rows_are_sent_and_left_alone():
    plan = planned(STRIDED)
    assert plan.buffers[0].size == (3 * 8 + 4) * 4
    rows = np.frombuffer(plan.buffers[0].content + bytes(16), np.float32).reshape(4, 8).copy()
    rows[:, :4] = np.frombuffer(plan.buffers[1].content, np.float32).reshape(4, 4) + 1
    rows[:, 4:] = 7.0
    assert computed(STRIDED, outputs={"A": rows.tobytes()[:-16]}).passed


def test_the_sine_of_wgsl_may_be_off_by_what_its_specification_says():
    text = """@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for t in T.thread_binding(64, "threadIdx.x"):
        B[t] = T.sin(A[t])

def reference(A):
    return np.sin(A)
"""
    content = planned(text).buffers[0].content
    exact = np.sin(np.frombuffer(content, np.float32))
    for error, passes in ((2**-11, True), (2**-8, False)):
        outcome = computed(text, outputs={"B": (exact + np.float32(error)).tobytes()})
        assert outcome.passed == passes
        assert [problem.code for problem in outcome.problems] == ["precision"]
    assert (
        computed(
            text.replace("T.sin", "T.exp").replace("np.sin", "np.exp"),
            outputs={
                "B": (np.exp(np.frombuffer(content, np.float32)) + np.float32(2**-11)).tobytes()
            },
        ).passed
        is False
    )


@pytest.mark.parametrize(
    ("words", "text", "run"),
    [
        ("more than 2 times", IN_A_LOOP, {}),
        ("the host code of f writes A", HOST_WRITES, {}),
        ("f returns a value", RETURNS, {}),
        ("has no thread bindings", UNBOUND, {}),
        ("TVM knows what T.cta_id", examples()["tirx_blocks"].text, {}),
        ("floats of 16 and of 32 bits only", TWO_KERNELS.replace("float32", "float64"), {}),
        ("more than 1 MiB, the most", examples()["dynamic_add"].text, {"sizes": {"n": 1 << 20}}),
        ("only the page runs programs there", None, {}),
    ],
)
def test_what_no_browser_is_sent(monkeypatch, words, text, run):
    if "2 times" in words:
        monkeypatch.setattr(recorded_host, "MOST_LAUNCHES", 2)
    if "1 MiB" in words:
        monkeypatch.setattr(plans, "MOST_BYTES", 1 << 20)
    part = PlanPart(run=RunPart(device="webgpu", **run)) if text else RunPart(device="webgpu")
    with pytest.raises(VizError, match=words):
        answer(Request(text=text or IN_A_LOOP, part=part))


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("0 bytes were sent back for A, which has 1,200", {}),
        ("1,201 bytes were sent back", {"outputs": {"A": bytes(1201)}}),
        ("'B' was sent back, which is no output", {"outputs": {"A": bytes(1200), "B": b""}}),
        ("does not run in a browser", {"run": RunPart(device="llvm"), "outputs": {}}),
        ("refuses the shader f_kernel: much", {"faults": (("much", 0, 0),)}),
        ("refuses the shader f_kernel: far", {"faults": (("far", 10**6, 10**9),)}),
        ("refuses the shader f_kernel: odd", {"faults": (("odd", -5, -1),)}),
    ],
)
def test_what_does_not_fit_is_refused_politely(words, fields):
    faults = [
        ShaderFault(kernel="f_kernel", message=message, line=line, column=column)
        for message, line, column in fields.get("faults", ())
    ]
    with pytest.raises(VizError, match=words):
        computed(IN_A_LOOP, **{**fields, "faults": tuple(faults)})


def test_what_is_said_of_a_shader_has_its_place_in_the_users_text():
    kernel = planned(TWO_KERNELS).kernels[1]
    lines = kernel.text.split("\n")
    line = next(number for number, each in enumerate(lines, 1) if "0.000000e+00f" in each)
    fault = ShaderFault(kernel=kernel.name, message="no zeros", line=line, column=8)
    words = f"line {line + kernel.first_line - 1} of the WGSL: no zeros"
    with pytest.raises(VizError, match=words) as refusal:
        computed(TWO_KERNELS, faults=(fault,))
    span = refusal.value.span
    assert span.start == TWO_KERNELS.index("B[vi] = 0.0")


def test_what_a_shader_declares():
    text = examples()["batched_matmul_f16"].text
    (kernel,) = planned(text).kernels
    assert kernel.extensions == ("f16",)
    assert kernel.workgroup == (8, 8, 1)
    assert [stride(each) for each in ("f32", "vec3<f32>", "vec4<f16>", "u8", "bool")] == [
        *(4, 16, 8, 1, 4)
    ]
    assert not list(kernels("fn main() {}"))
