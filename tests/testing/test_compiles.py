"""Assertions that a compiler takes what a codegen writes."""

import pytest

import viz
from viz.emulator import verdicts
from viz.errors import RequestError, RunError
from viz.frontend.examples import examples
from viz.harness.compilers import compiler
from viz.testing import assert_compiles, has_compiler

needs_c = pytest.mark.skipif(not has_compiler("c"), reason="no C compiler is installed")
needs_cuda = pytest.mark.skipif(not has_compiler("cuda"), reason="no nvcc and no NVRTC is found")


@needs_c
def test_c_compiles():
    assert_compiles(examples()["matmul"].text, "c")


@needs_c
def test_what_a_compiler_refuses_is_shown_with_the_line_it_comes_from():
    text = examples()["loop_kinds"].text  # vector types that C does not have
    with pytest.raises(AssertionError, match="unknown type name") as caught:
        assert_compiles(text, "c")
    message = str(caught.value)
    line = int(message.partition("It comes from line ")[2].partition(":")[0])
    assert "X[vr, vc, vx]" in text.splitlines()[line - 1]
    assert " | " in message.partition("The text:")[2]


@needs_cuda
def test_cuda_compiles_by_part():
    text = examples()["matmul_gpu"].text
    assert_compiles(text, "cuda", part="device", options=viz.Options(arch="sm_90"))
    with pytest.raises(RequestError, match="c has no device text"):
        assert_compiles(examples()["matmul"].text, "c", part="device")


def test_an_assertion_that_nothing_can_make_does_not_pass(monkeypatch):
    assert not has_compiler("webgpu")
    with pytest.raises(RunError, match="was not checked: no compiler of its language"):
        assert_compiles(examples()["matmul"].text, "webgpu")
    monkeypatch.setattr(verdicts, "checker", lambda language: "")
    assert not has_compiler("c")
    with pytest.raises(RunError, match="was not checked: there is no C compiler"):
        assert_compiles(examples()["matmul"].text, "c")
    with pytest.raises(RequestError, match="no target named"):
        has_compiler("basic")


@pytest.mark.skipif(not compiler("c"), reason="no C compiler is installed")
@pytest.mark.parametrize("ask", [viz.analyze, viz.inspect])
def test_an_analysis_has_what_compilers_say(ask):
    for name, code in (("matmul", "accepted-text"), ("loop_kinds", "refused-text")):
        analysis = ask(examples()[name].text, "c", finals=False, compile=True)
        assert [p.code for p in analysis.sources["c"].problems if "-text" in p.code] == [code]
    analysis = ask(examples()["matmul"].text, "c", finals=False)
    assert not analysis.sources["c"].problems
