"""Mistakes in kernels: each finding has its threads, its line and the line of the user's text."""

import gc
import json
import re

import pytest

import viz
from tests.support.emulating import EmulatedProgram, lowered, program_of
from tests.support.programs.examples import parsed
from tests.support.programs.mistakes import MUTATIONS, PROGRAMS, text_of
from tests.support.programs.thorough import usually
from viz.cli import main
from viz.codegen import emit
from viz.emulator import library
from viz.emulator.translate import translate
from viz.errors import RequestError, RunError, WorkerError
from viz.frontend.examples import wrong_examples
from viz.model import Request, RunPart
from viz.runtime.run import DEVICES
from viz.service.engine import dispatch

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))


def checked_run(text):
    part = RunPart(device="cuda-emulated", checked=True)
    return dispatch.answer(Request(text=text, target="cuda", part=part))


def marked(text, site):
    """Return the comment at the end of the line of the user's text that a site is placed on."""
    assert site.span is not None
    start = text.rindex("\n", 0, site.span.start)
    return text[start : text.index("\n", site.span.start)].partition("  #")[2]


@pytest.mark.parametrize("mistake", PROGRAMS, ids=[mistake.name for mistake in PROGRAMS])
def test_mistakes_are_named_and_placed_in_the_users_text(mistake):
    text = text_of(mistake)
    outcome = checked_run(text)
    assert not outcome.passed
    assert outcome.mode == "checked"
    first = outcome.findings[0]
    assert (first.kind, first.buffer) == (mistake.kind, mistake.buffer), first.message
    assert " 1" in marked(text, first.sites[0])
    if "# 2" in text:
        assert " 2" in marked(text, first.sites[1])


WRONG_ON_PURPOSE = {
    "lost_sum": ("race", "total", "total[0] = total[0] + A[block * 128 + thread]"),
    "half_barrier": ("barrier", "", "T.cuda.cta_sync()"),
    "blur_edges": ("bounds", "A", "B[i] = (A[i - 1] + A[i] + A[i + 1]) / T.float32(3.0)"),
}


@pytest.mark.parametrize("name", wrong_examples())
def test_an_example_that_is_wrong_on_purpose_has_its_mistake_named(name):
    example = wrong_examples()[name]
    kind, buffer, line = WRONG_ON_PURPOSE[name]
    outcome = checked_run(example.text)
    assert not outcome.passed
    first = outcome.findings[0]
    assert (first.kind, first.buffer) == (kind, buffer), first.message
    assert first.sites[0].own_text.strip() == line
    assert example.targets == ("cuda",)


USUAL = {
    *("first_barrier_removed", "mask_of_half_a_warp", "tile_one_row_too_short"),
    *("accumulator_without_its_zero", "everyone_keeps_the_sum", "wrong_axis_reduced"),
    "threads_that_leave_before_a_barrier",
}
"""Of several barriers that are missing it is one."""


@pytest.mark.parametrize("name", usually([mistake.name for mistake in MUTATIONS], USUAL))
def test_mistakes_of_a_codegen_are_named_with_their_lines(name):
    (mistake,) = (mistake for mistake in MUTATIONS if mistake.name == name)
    low = lowered(mistake.example)
    target, device = next(iter(low.devices.items()))
    text = emit.write(device, target)
    place = list(re.finditer(re.escape(mistake.old), text))[mistake.number]
    text = text[: place.start()] + mistake.new + text[place.end() :]
    run = EmulatedProgram(parsed(mistake.example), low, checked=True, text=text)
    run()
    findings = [finding for finding in run.emulation.findings if finding.kind == mistake.kind]
    assert findings, [finding.message for finding in run.emulation.findings]
    lines = text.split("\n")
    named = [[lines[site.line - 1] for site in finding.sites if site.line] for finding in findings]
    assert any(
        mistake.first in sites[0] and (not mistake.second or mistake.second in sites[1])
        for sites in named
    ), named


def test_a_finding_has_threads_lines_and_a_count():
    outcome = checked_run(
        text_of(next(mistake for mistake in PROGRAMS if mistake.name == "swapped_strides"))
    )
    (finding,) = outcome.findings
    assert finding.grid == (2, 1, 1)
    assert finding.block == (128, 1, 1)
    assert finding.sites[0].thread == (2, 0, 0)
    assert finding.index == (256,)
    assert finding.extent == 256
    assert finding.count == 2 * 128 - 4
    assert finding.message == (
        "thread (2, 0, 0) of block (0, 0, 0) writes B[256] at line 58, but B has 256 elements"
    )


ONE_FOR_ALL = """
S = T.alloc_buffer((4,), "float32", scope="shared")
for k in T.unroll(4):
    S[k] = T.float32({values})
T.tvm_storage_sync("shared")
B[bx * 128 + tx] = A[bx * 128 + tx] * S[0]
"""


def test_a_race_in_which_all_write_the_same_value_is_reported_and_passes():
    same = ONE_FOR_ALL.format(values="1")
    outcome = checked_run(text_of(PROGRAMS[0]._replace(body=same)))
    assert outcome.passed
    (finding,) = outcome.findings  # the copies of the unrolled loop are one
    assert (finding.kind, finding.buffer, finding.harmless) == ("race", "S", True)
    assert finding.message.endswith("but both write the same value")
    assert finding.count == 4 * 2 * 127
    other = "T.if_then_else(tx == 77, T.float32(2), T.float32(1))"
    different = same.replace("T.float32(1)", other)
    outcome = checked_run(text_of(PROGRAMS[0]._replace(body=different)))
    assert not outcome.passed
    assert not outcome.findings[0].harmless
    assert "the same value" not in outcome.findings[0].message


MANY_LAUNCHES = """@T.prim_func
def main(A: T.Buffer((32,), "float32")):
    for i in range(200):
        for tx in T.thread_binding(32, thread="threadIdx.x"):
            A[tx * (1 + i % 2 // T.int32(X))] = A[tx] + T.float32(1)

def reference(A):
    return A + 200
"""


def test_many_launches_leave_no_garbage_and_one_finding(monkeypatch):
    right = MANY_LAUNCHES.replace("T.int32(X)", "2")
    wrong = MANY_LAUNCHES.replace(" // T.int32(X)", "")
    (finding,) = checked_run(wrong).findings[:1]
    assert (finding.kind, finding.count) == ("bounds", 100 * 16)
    run = EmulatedProgram(*program_of(right), checked=False)
    run()
    gc.collect()
    gc.disable()
    try:
        assert run()
        # References make a little of it; a launch must not.
        assert gc.collect() < 200
    finally:
        gc.enable()


def test_deadlocks_are_found_in_fast_mode_too():
    text = text_of(next(mistake for mistake in PROGRAMS if mistake.kind == "barrier"))
    part = RunPart(device="cuda-emulated")
    outcome = dispatch.answer(Request(text=text, target="cuda", part=part))
    assert not outcome.passed
    assert outcome.mode == "fast"
    assert [problem.code for problem in outcome.problems] == ["unchecked"]
    (finding,) = outcome.findings
    assert finding.sites[0].doing.text() == "waits at __syncthreads"
    assert finding.sites[1].doing.text() == "has finished"


def test_a_kernel_without_a_reference_can_be_checked():
    text = text_of(PROGRAMS[0]).partition("def reference")[0]
    outcome = checked_run(text)
    assert [finding.kind for finding in outcome.findings] == ["bounds"]
    assert not outcome.comparisons
    right = checked_run(text.replace(" + 1]", "]"))
    assert right.passed
    with pytest.raises(RunError, match="needs a reference"):
        dispatch.answer(Request(text=text, part=RunPart(device="cuda-emulated")))


def test_the_command_line_prints_findings(tmp_path, capsys):
    mistake = next(mistake for mistake in PROGRAMS if mistake.name == "race_between_blocks")
    outcome = viz.run(text_of(mistake), "cuda-emulated", checked=True, order="shuffled", seed=3)
    assert [finding.kind for finding in outcome.findings] == ["race"]
    path = tmp_path / "wrong.py"
    path.write_text(text_of(mistake))
    assert main(["run", str(path), "--device", "cuda-emulated", "--checked"]) == 1
    printed = capsys.readouterr().out
    assert "race: thread (0, 0, 0) of block (1, 0, 0) writes B[0]" in printed
    assert "line 6: B[tx] = A[bx * 128 + tx]  # 1 # 2" in printed
    assert "checked mode" in printed
    assert main(["run", str(path), "--device", "cuda-emulated", "--checked", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    for site in finding["sites"]:
        assert (site["own_line"], site["own_text"]) == (6, "B[tx] = A[bx * 128 + tx]  # 1 # 2")
        assert text_of(mistake)[site["span"]["start"] :].startswith("B[tx]")


def test_an_overflow_comes_before_its_consequences():
    chosen = next(
        mistake for mistake in PROGRAMS if mistake.name == "index_out_of_bounds_by_overflow"
    )
    findings = checked_run(text_of(chosen)).findings
    assert [finding.kind for finding in findings] == ["overflow", "bounds"]
    assert findings[0].sites[0].line == findings[1].sites[0].line
    # An access out of bounds that happens before the overflow comes first.
    other = text_of(chosen).replace("A[i *", "A[i - 1] + A[i *")
    assert [finding.kind for finding in checked_run(other).findings] == ["bounds", "overflow"]


@pytest.mark.parametrize("checked", [False, True], ids=["fast", "checked"])
def test_an_unwritten_output_is_named_beside_its_comparison(checked):
    body = "if A[tx] > T.float32(1000):\n    B[bx * 128 + tx] = A[tx]"
    text = text_of(PROGRAMS[0]._replace(body=body))
    part = RunPart(device="cuda-emulated", checked=checked)
    outcome = dispatch.answer(Request(text=text, target="cuda", part=part))
    assert not outcome.passed
    assert not outcome.comparisons[0].passed
    assert "B holds what it held before" in outcome.problems[0].message


# ---------------------------------------------------------------- refusals


def test_only_the_emulator_has_a_checked_mode():
    with pytest.raises(RequestError, match="llvm has no checked mode"):
        dispatch.answer(Request(text=text_of(PROGRAMS[0]), part=RunPart(checked=True)))


def test_inline_ptx_is_refused_by_its_line():
    text = 'extern "C" __global__ void main_kernel(int* __restrict__ A_ptr) {\n  asm volatile("nop;");\n}'
    with pytest.raises(RunError, match="inline PTX at line 2"):
        translate(text)


def test_more_shared_memory_than_a_block_has_is_refused():
    text = (
        'extern "C" __global__ void main_kernel(float* __restrict__ A_ptr) {\n'
        "  __shared__ alignas(64) float a_ptr[8192];\n  __shared__ alignas(64) float b_ptr[8192];\n}"
    )
    with pytest.raises(RunError, match=r"65,536 bytes with b_ptr at line 3"):
        translate(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("T.thread_binding(128,", "T.thread_binding(2048,", "2,048 threads a block"),
        ('2, thread="blockIdx.x"', '70000, thread="blockIdx.y"', "70,000 blocks along y"),
        (
            '(2, thread="blockIdx.x"):',
            '(131072, thread="blockIdx.x"):\n'
            '      for by in T.thread_binding(32768, thread="blockIdx.y"):',
            "4,294,967,296 blocks",
        ),
    ],
)
def test_launches_that_no_gpu_takes_are_refused(old, new, message):
    text = text_of(PROGRAMS[0])
    assert old in text
    with pytest.raises(RunError, match=message):
        checked_run(text.replace(old, new))


def test_a_missing_compiler_is_named(monkeypatch):
    monkeypatch.setattr(library, "compiler", lambda language: "")
    assert "C++ compiler" in str(DEVICES["cuda-emulated"].missing())
    with pytest.raises(RunError, match=r"C\+\+ compiler .* is found, and this function is bound"):
        checked_run(text_of(PROGRAMS[0]))


def test_the_runtime_is_cached_and_works_without_a_cache(monkeypatch, tmp_path):
    content = library.runtime.__wrapped__
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    first = content()
    (file,) = cache.rglob("runtime-*.o")
    assert file.read_bytes() == first
    file.write_bytes(b"from the cache")
    assert content() == b"from the cache"
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert content()[:4] == b"\x7fELF"


def test_a_text_that_does_not_compile_is_refused_with_the_diagnostic():
    text = 'extern "C" __global__ void main_kernel(int* __restrict__ A_ptr) {\n  no_such_function(A_ptr);\n}'
    with pytest.raises(RunError, match="no_such_function"):
        library.build(translate(text), checked=False)


FAR = """@T.prim_func
def main(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for tx in T.thread_binding(64, thread="threadIdx.x"):
        B[tx * 30000000] = A[tx]
"""


def test_a_crash_in_fast_mode_has_the_hint_to_check():
    with pytest.raises(WorkerError, match=r"SIGSEGV|SIGBUS|SIGABRT") as crash:
        viz.run(FAR, device="cuda-emulated")
    assert "--checked" in crash.value.hint
    outcome = viz.run(FAR, device="cuda-emulated", checked=True)
    assert [(finding.kind, finding.buffer) for finding in outcome.findings] == [("bounds", "B")]
    assert outcome.findings[0].sites[0].own_line == 4
